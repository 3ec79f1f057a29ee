import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { folder } from './cache.js'
import { neededPackages } from './debian.js'
import { setup } from './setup.js'

const before = { XDG_CACHE_HOME: process.env.XDG_CACHE_HOME, PATH: process.env.PATH }
let root = ''

/** A machine whose programs make empty files: an archive with one source, which `make` compiles at once. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dmaproof-planted-'))
  process.env.XDG_CACHE_HOME = root
  program(
    'dpkg-query',
    neededPackages(['x86'])
      .map((name) => `echo "installed ${name}"`)
      .join('\n'),
  )
  program('apt-get', '[ "$1" = update ] || : >linux-source.deb')
  program('apt-cache', 'echo "Version: 6.12.1-1"')
  program('dpkg-deb', 'mkdir -p "$3/usr/src"')
  program('tar', ': >Makefile')
  program('patch', 'exit 0')
  program('strip', 'cp "$4" "$3"')
  program('make', `echo "$*" >>${root}/made; : >"\${3#O=}/.config"; [ "\${5:-}" != vmlinux ] || : >"\${3#O=}/vmlinux"`)
  process.env.PATH = `${root}:${before.PATH}`
})

afterEach(() => {
  rmSync(root, { recursive: true })
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

function program(name: string, script: string): void {
  writeFileSync(join(root, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(root, name), 0o755)
}

test('two planted faults take the objects of one plain kernel, and no tree of the three stays', async () => {
  const shell = { say: () => undefined, log: join(root, 'log'), signal: new AbortController().signal }
  const kernels = ['6.12-no-flush', '6.12-type1-unpin-last']
  const done = await setup(shell, { kernels, jobs: 1, keepSources: false })
  if (!done.ok) throw new Error(done.problem.message)
  expect(done.value.map(({ kernel, how, says }) => [kernel, how, says])).toEqual(
    kernels.map((name) => [name, 'ready', '6.12.1-1']),
  )
  const made = readFileSync(join(root, 'made'), 'utf8').trimEnd().split('\n')
  const compiled = made.filter((line) => line.endsWith(' vmlinux')).map((line) => line.split(' ')[1] ?? '')
  expect(compiled.map((tree) => tree.replace(/.*linux-source-6\.12-6\.12\.1-1/, ''))).toEqual([
    '',
    expect.stringMatching(/^-[0-9a-f]{16}$/),
    expect.stringMatching(/^-[0-9a-f]{16}$/),
  ])
  expect(made.filter((line) => line.endsWith(' tinyconfig'))).toHaveLength(1)
  expect(readdirSync(folder('trees')).filter((name) => !name.endsWith('.patch'))).toEqual([])
})
