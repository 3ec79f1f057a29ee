/** @module-tag long */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { imports, OwnProject, ownDesign } from '../testing/own-project.js'

/** A function that never ends, and hardly uses a processor; each of its naps can be interrupted. */
const forever = `const cell = new Int32Array(new SharedArrayBuffer(4))
const nap = () => Atomics.wait(cell, 0, 0, 20)
const forever = () => { while (cell[0] === 0) nap() }
`

const inSearch = `${imports}import { isMainThread } from 'node:worker_threads'
${forever}
const { chunk } = ranges
const isThere = () => isMainThread === (process.env.WHERE === 'main')
`

/** A range that never ends where it is asked in a thread of a search, or in the main thread. */
const late = `{ ...chunk, name: 'late', first(m, s, v) {
    if (isThere()) forever()
    return chunk.first(m, s, v)
  } }`

const range = `${inSearch}export const mine = { ...${ownDesign('mine')}, toPrivate: [steps.acquire('vm'),
  { call: 'set-private', on: chunk }, { call: 'unmap', on: ${late} },
  { call: 'discard-shared', on: chunk }, steps.release('vm')] }
`

const clause = `${inSearch}const frames = properties.find(({ name }) => name === 'no-stale-frame')
export const never = { ...frames, name: 'never', byPath: undefined, holdsAt(...given) {
  if (isThere()) forever()
  return frames.holdsAt(...given)
} }
`

const slow = `${inSearch}export const mine = { ...${ownDesign('mine')}, toPrivate: [steps.acquire('vm'),
  { call: 'set-private', on: { ...chunk, name: 'slow', first(m, s, v) {
    nap()
    return chunk.first(m, s, v)
  } } }, { call: 'unmap', on: chunk }, { call: 'discard-shared', on: chunk }, steps.release('vm')] }
`

const files = { 'top.js': `${forever}forever()\n`, 'range.js': range, 'clause.js': clause, 'slow.js': slow }
const project = new OwnProject(files)
afterAll(() => project.remove())

const main = resolve('dist/cli/main.js')

/** @param where `main`, or a thread of a search */
function ran(words: string, where: string, seconds: number) {
  const env = { ...process.env, DMAPROOF_CALL_TIME: String(seconds), WHERE: where }
  const given = { cwd: project.folder, encoding: 'utf8', env, timeout: 100_000 } as const
  const { status, stderr } = spawnSync(process.execPath, [main, ...words.split(' ')], given)
  return { status, said: stderr.split('\n')[0] }
}

const quick = '--fresh --runs 20 --configuration plain --jobs 2'
const small = '--scope pages=2,vcpus=1'

test.each<[what: string, words: string, where: string, says: RegExp]>([
  [
    'the top level of a module',
    'list designs --designs top.js',
    'main',
    /^dmaproof: top\.js:4: the top level of the module/,
  ],
  ['a range, in check', `check mine --designs range.js ${quick}`, 'search', /range\.js:\d+: export mine: first\(\)/],
  [
    'a range, in explore',
    `explore mine --designs range.js ${small}`,
    'search',
    /range\.js:\d+: export mine: first\(\)/,
  ],
  [
    'a range, in a search of the main thread',
    `check mine --designs range.js ${quick.replace('--jobs 2', '--jobs 0')}`,
    'main',
    /range\.js:\d+: export mine: first\(\)/,
  ],
  [
    'a property',
    `check pin-all --designs clause.js --property never ${quick}`,
    'search',
    /clause\.js:\d+: export never: holdsAt\(\)/,
  ],
])(
  '%s that never ends is said with its place, and ends the command with 2',
  (_, words, where, says) => {
    const { status, said } = ran(words, where, 1)
    expect(said).toMatch(says)
    expect(said).toMatch(/ has not returned for 1 second; it is at \w+\.js:\d$/)
    expect(status).toBe(2)
  },
  120_000,
)

test('a function that is slow, and returns, is let be', () => {
  const { status, said } = ran(`check mine --designs slow.js ${quick} --property no-stale-frame`, 'search', 3)
  expect(said).toBe('')
  expect([0, 1]).toContain(status)
}, 120_000)
