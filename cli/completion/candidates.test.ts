import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../program.js'
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
    ['bugs', ['bugs', 'Q0'], ['Q01'], ['V02']],
  ])('%s', async (_, words, wanted, not) => {
    const found = await completed(...words)
    expect(found).toEqual(expect.arrayContaining(wanted))
    expect(found.filter((word) => not.includes(word))).toEqual([])
  })

  test.each([
    ['a file', ['replay', '']],
    ['a number', ['check', 'pin-all', '--runs', '']],
  ])('nothing where %s is to be typed', async (_, words) => {
    expect(await completed(...words)).toEqual([])
  })
})

const main = resolve('dist/cli/main.js')

test('bash completes by the script that is printed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
  writeFileSync(join(folder, 'dmaproof'), `#!/bin/sh\nexec node ${main} "$@"\n`, { mode: 0o755 })
  const text = `${completionScript('bash')}
COMP_WORDS=(dmaproof check on-demand-4k/bitmap) COMP_CWORD=2
_dmaproof
printf '%s\\n' "\${COMPREPLY[@]}"
complete -p dmaproof
`
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH ?? ''}` }
  const { stdout, stderr, status } = spawnSync('bash', ['-euc', text], { env, encoding: 'utf8' })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  expect(stdout.split('\n')).toEqual([
    'on-demand-4k/bitmap-before',
    'on-demand-4k/bitmap-rolled-back',
    'on-demand-4k/bitmap-after',
    'complete -o default -F _dmaproof dmaproof',
    '',
  ])
})

describe.each(shells)('the script for %s', (shell) => {
  const isThere = spawnSync(shell, ['-c', 'true']).status === 0

  test.skipIf(!isThere)('is one that this shell reads', () => {
    const { stderr, status } = spawnSync(shell, ['-n'], { input: completionScript(shell), encoding: 'utf8' })
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  })
})
