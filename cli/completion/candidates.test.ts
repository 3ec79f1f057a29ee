import { type StdioOptions, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { afterAll, describe, expect, test } from 'vitest'
import { assemble, run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'
import { completionScript, shells } from './scripts.js'

async function completed(...words: string[]): Promise<string[]> {
  const io = fakeIo()
  expect(await run(['complete', '--', ...words], io)).toBe(0)
  return io.said().out.split('\n').filter(Boolean)
}

describe('completion offers', () => {
  test.each([
    ['commands', [''], ['check', 'compare', 'explore', 'completion'], ['complete']],
    ['commands that begin so', ['expl'], ['explore', 'explain'], ['check']],
    ['designs', ['check', 'on-demand-4k/bitmap'], ['on-demand-4k/bitmap-after'], ['pin-all']],
    ['more designs behind one', ['check', 'pin-all', 'hitless'], ['hitless-cut'], ['pin-all']],
    ['options', ['check', 'pin-all', '--pl'], ['--platform'], ['--driver']],
    ['the values of an option', ['check', 'pin-all', '--driver', 'type1'], ['type1v2', 'type1v1'], ['iommufd']],
    ['choices of an option', ['conform', 'linux', '--interface', 'iommufd'], ['iommufd', 'iommufd-file'], ['kvm']],
    ['choices of an argument', ['list', 'de'], ['designs', 'design-fields'], ['rules']],
    ['commands of a command', ['linux', ''], ['setup', 'list'], ['check']],
    ['words to explain', ['explain', 'tdx.dma/'], ['tdx.dma/shared-only'], ['drain']],
    ['words of every list, to explain', ['explain', 'cam'], ['campaign'], ['cost']],
    ['bugs', ['bugs', 'Q0'], ['Q01'], ['V02']],
    ['commands of a campaign', ['campaign', ''], ['start', 'work', 'status'], ['check']],
    ['what a worker takes', ['campaign', 'work', 'results', '--take', ''], ['drawn', 'exhaustive'], []],
    ['workloads', ['cost', 'pin-all', '--workload', 'n'], ['nic', 'nvme'], ['boot']],
    ['kernels', ['linux', 'setup', '--kernel', '7'], ['7.2'], ['6.12']],
  ])('%s', async (_, words, wanted, not) => {
    const found = await completed(...words)
    expect(found).toEqual(expect.arrayContaining(wanted))
    expect(found.filter((word) => not.includes(word))).toEqual([])
  })

  test('words for every option and argument that names one of a list', async () => {
    const typed = /^(n|seconds|size|bytes|file|folder|path|trace|url|place|key|id|i\/n|k=v,…|rule=n)$/
    const taken = (command: Command): { words: string[]; value: string }[] => [
      ...command.options.flatMap(({ long, flags, required, optional }) =>
        long != null && (required || optional)
          ? [{ words: [long, ''], value: /<([^>]+)>/.exec(flags)?.[1]?.replace('...', '') ?? '' }]
          : [],
      ),
      ...(command.commands.length > 0 ? [] : command.registeredArguments).map((argument, at) => ({
        words: [...Array(at).fill('x'), ''],
        value: argument.name(),
      })),
      ...command.commands.flatMap((sub) =>
        taken(sub).map(({ words, value }) => ({ words: [sub.name(), ...words], value })),
      ),
    ]
    const all = taken(await assemble(fakeIo(), () => undefined)).filter(({ words }) => words[0] !== 'complete')
    expect(all.length).toBeGreaterThan(150)
    const none: string[][] = []
    for (const { words, value } of all) {
      const isListed = !typed.test(value) || (words[0] === 'bugs' && value === 'id')
      if (isListed && (await completed(...words)).length === 0) none.push(words)
    }
    expect(none).toEqual([])
  })

  test.each([
    ['a file', ['replay', '']],
    ['a number', ['check', 'pin-all', '--runs', '']],
  ])('nothing where %s is to be typed', async (_, words) => {
    expect(await completed(...words)).toEqual([])
  })
})

const main = resolve('dist/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'dmaproof'), `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`, { mode: 0o755 })
const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, PATH: `${folder}:${process.env.PATH ?? ''}` }

/** Runs a shell where `dmaproof` is this program. */
function ran(shell: string, ...words: readonly string[]) {
  // a shell whose input is a socket, as a pipe is here, takes itself for a remote one and reads its start files
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
  const options = { env, cwd: folder, encoding: 'utf8', timeout: 50_000, stdio } as const
  const { stdout, stderr, status } = spawnSync(shell, words, options)
  return { stdout, stderr, status }
}

const bitmaps = ['on-demand-4k/bitmap-after', 'on-demand-4k/bitmap-before', 'on-demand-4k/bitmap-rolled-back']

test('bash completes by the script that is printed', () => {
  const text = `${completionScript('bash')}
COMP_WORDS=(dmaproof check on-demand-4k/bitmap) COMP_CWORD=2
_dmaproof
printf '%s\\n' "\${COMPREPLY[@]}" | sort
complete -p dmaproof
`
  const stdout = [...bitmaps, 'complete -o default -F _dmaproof dmaproof', ''].join('\n')
  expect(ran('bash', '-euc', text)).toEqual({ stdout, stderr: '', status: 0 })
})

const isThere = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0
const named = (shell: string, name: string): string =>
  isThere(shell) ? name : `${name}: not tried, there is no ${shell} here`

test.skipIf(!isThere('fish'))(
  named('fish', 'fish completes by the script that is printed, and files'),
  { tags: 'long', timeout: 120_000 },
  () => {
    mkdirSync(join(folder, 'fish', 'completions'), { recursive: true })
    writeFileSync(join(folder, 'fish', 'completions', 'dmaproof.fish'), completionScript('fish'))
    writeFileSync(join(folder, 'kept.ndjson'), '')
    const offered = (typed: string) => ran('fish', '-c', `complete -C '${typed}'`).stdout.trimEnd().split('\n')
    expect(offered('dmaproof check on-demand-4k/bitmap').sort()).toEqual(bitmaps)
    expect(offered('dmaproof che')).toEqual(['check'])
    expect(offered('dmaproof replay ke')).toEqual(['kept.ndjson'])
  },
)

/** Types into a zsh of its own, whose completion is set up by a line, and waits for what it completes. */
const typedInto = (setUp: string, typed: string, completed: string): string => `
zmodload zsh/zpty
zpty z 'zsh -f -i'
zpty -w z 'autoload -Uz compinit; bindkey "^I" complete-word; ${setUp}; print re""ady'
zpty -r z said '*ready*'
zpty -w -n z $'${typed}\\t'
zpty -r z said '*${completed}*' && print completed
zpty -d z
`

test.skipIf(!isThere('zsh'))(
  named('zsh', 'zsh completes by the script that is printed, from a folder or sourced'),
  { tags: 'long', timeout: 120_000 },
  () => {
    writeFileSync(join(folder, '_dmaproof'), completionScript('zsh'))
    for (const setUp of ['fpath=($PWD $fpath); compinit -u -D', 'compinit -u -D; source ./_dmaproof']) {
      const text = typedInto(setUp, 'dmaproof check on-demand-4k/bitmap-a', 'on-demand-4k/bitmap-after')
      expect(ran('zsh', '-f', '-c', text).stdout).toBe('completed\n')
    }
  },
)

describe.each(shells)('the script for %s', (shell) => {
  test.skipIf(!isThere(shell))(named(shell, 'is one that this shell reads'), () => {
    writeFileSync(join(folder, 'script'), completionScript(shell))
    expect(ran(shell, '-n', 'script')).toEqual({ stdout: '', stderr: '', status: 0 })
  })
})
