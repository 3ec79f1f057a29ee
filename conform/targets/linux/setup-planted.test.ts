import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeDebian } from '../../testing/fake-debian.js'
import { folder } from './cache.js'
import { setup } from './setup.js'

let machine: FakeDebian

/** A machine whose programs make empty files: an archive with one source, which `make` compiles at once. */
beforeEach(() => {
  machine = new FakeDebian({
    'apt-get': '[ "$1" = update ] || : >linux-source.deb',
    'apt-cache': 'echo "Version: 6.12.1-1"',
    'dpkg-deb': 'mkdir -p "$3/usr/src"',
    tar: ': >Makefile',
    patch: 'exit 0',
    strip: 'cp "$4" "$3"',
    make: [
      'echo "$*" >>"$XDG_CACHE_HOME/made"',
      `: >"\${3#O=}/.config"`,
      `[ "\${5:-}" != vmlinux ] || : >"\${3#O=}/vmlinux"`,
    ].join('\n'),
  })
})

afterEach(() => machine.remove())

test('two planted faults take the objects of one plain kernel, and no tree of the three stays', async () => {
  const shell = { say: () => undefined, log: join(machine.root, 'log'), signal: new AbortController().signal }
  const kernels = ['6.12-no-flush', '6.12-type1-unpin-last']
  const done = await setup(shell, { kernels, jobs: 1, keepSources: false })
  if (!done.ok) throw new Error(done.problem.message)
  expect(done.value.map(({ kernel, how, says }) => [kernel, how, says])).toEqual(
    kernels.map((name) => [name, 'ready', '6.12.1-1']),
  )
  const made = readFileSync(join(machine.root, 'made'), 'utf8').trimEnd().split('\n')
  const compiled = made.filter((line) => line.endsWith(' vmlinux')).map((line) => line.split(' ')[1] ?? '')
  expect(compiled.map((tree) => tree.replace(/.*linux-source-6\.12-6\.12\.1-1/, ''))).toEqual([
    '',
    expect.stringMatching(/^-[0-9a-f]{16}$/),
    expect.stringMatching(/^-[0-9a-f]{16}$/),
  ])
  expect(made.filter((line) => line.endsWith(' tinyconfig'))).toHaveLength(1)
  expect(readdirSync(folder('trees')).filter((name) => !name.endsWith('.patch'))).toEqual([])
})
