/** @module-tag long */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-shell-'))
const program = join(folder, 'dmaproof')
writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${resolve('dist/cli/main.js')}' "$@"\n`)
chmodSync(program, 0o755)

const guide = readFileSync(new URL('../../docs/campaigns.md', import.meta.url), 'utf8')
const shells = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, text = '']) => text.trimEnd().split('\n'))
/**
 * A search of no time, of few cells, in place of the one of the guide; how it is divided stays. Each cell has a process
 * of its own in one of the forms; `cli/commands/merge.test.ts` joins the cells of every platform and property.
 */
const asked = ['unmap-errors-ignored', 'bitmap-before', 'bitmap-after', 'enoent-is-done'].map(
  (one) => `on-demand-4k/${one}`,
)
const small = `dmaproof compare --random --runs 1 --design ${asked.join()} --save traces`
const lines = shells.map((line) => line.replaceAll('dmaproof compare', small).replaceAll(' --time 600', ''))

const hasParallel = spawnSync('parallel', ['--version']).status === 0

function shell(name: string, line: string) {
  const cwd = join(folder, name)
  mkdirSync(cwd, { recursive: true })
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
  // one run a cell says nothing of some properties: status 3, which the equality of what is printed does not need
  return spawnSync('sh', ['-c', line], { cwd, env, encoding: 'utf8' }).stdout
}

/** The commands of a line of the guide, and what joins their results. */
const forms = [
  { name: 'parallel-shards', begins: 'seq 4 | parallel', parts: 'part-1 part-2 part-3 part-4' },
  { name: 'shell', begins: 'for i in', parts: 'part-1 part-2 part-3 part-4' },
  { name: 'parallel-cells', begins: `${small} --results part --plan | cut`, parts: 'part' },
]

const whole = shell('whole', `${small} --json`)

test.each(forms)(
  'the line of docs/campaigns.md for $name is the undivided run byte for byte',
  { timeout: 240_000 },
  (form) => {
    const { name, begins, parts } = form
    const line = lines.find((one) => one.startsWith(begins)) ?? ''
    expect(line).not.toBe('')
    if (line.includes('parallel') && !hasParallel) return console.log('not tried: there is no GNU parallel here')
    shell(name, line)
    expect(JSON.parse(whole)).not.toEqual([])
    expect(shell(name, `dmaproof merge ${parts} --json --save traces`)).toBe(whole)
  },
)

test('the guide says how the parts of both forms are joined', () => {
  expect(lines).toContain('dmaproof merge part-1 part-2 part-3 part-4')
})
