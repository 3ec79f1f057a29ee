import { expect, test } from 'vitest'
import { bugs, findBug } from '../../bugs/index.js'
import { bugsSchema } from '../../report/json/bugs.js'
import { golden } from '../../report/testing/golden.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'
import { huntAll } from './bugs.js'

async function ran(...words: string[]) {
  const io = fakeIo()
  return { status: await run(words, io), ...io.said() }
}

const lines = (text: string) => text.trimEnd().split('\n')

test('the museum is printed one bug a line, by subsystem', async () => {
  const { status, out } = await ran('bugs')
  expect(status).toBe(0)
  expect(lines(out).slice(0, 2)).toEqual(['VFIO type1', expect.stringMatching(/^ {2}T01 .* on-demand-4k · type1v2 /)])
  expect(lines(out).filter((line) => line.startsWith('  ')).length).toBe(bugs.length)
})

test('a bug is printed with its story, its counterexample in columns, and what its fix does', async () => {
  const { status, out } = await ran('bugs', 'Q01', 'Q08')
  expect(out).toBe(golden(new URL('golden/bugs.txt', import.meta.url), out))
  expect(status).toBe(0)
})

test('--json has every bug, and of those that are named what the hunt found', async () => {
  const all = bugsSchema.parse(JSON.parse((await ran('bugs', '--json')).out))
  expect(all.map(({ id, hunt }) => [id, hunt])).toEqual(bugs.map(({ id }) => [id, null]))
  const { status, out } = await ran('bugs', 'Q01', '--json')
  expect(status).toBe(0)
  const [Q01] = bugsSchema.parse(JSON.parse(out))
  expect(Q01).toMatchObject({ id: 'Q01', property: 'no-stale-frame', hunt: { found: true, fixHolds: true } })
})

test('explain tells the story of a bug without a search', async () => {
  const { status, out } = await ran('explain', 'V27')
  expect(out).toBe(golden(new URL('golden/explain-bug.txt', import.meta.url), out))
  expect(status).toBe(0)
})

test('list prints the ids and titles', async () => {
  expect(lines((await ran('list', 'bugs')).out).length).toBe(bugs.length)
})

const known = findBug('Q01')

test('a bug whose change breaks nothing ends with status 1', { tags: 'long' }, () => {
  if (known === undefined) throw new Error('Q01 is gone')
  const harmless = { ...known, breaks: 'host-survives' }
  const io = fakeIo()
  expect(huntAll(io, [harmless])).toBe(1)
  expect(io.said().out).toMatch(/host-survives did not break on on-demand-4k\/Q01\./)
})

test('a bug whose fix does not hold ends with status 1', () => {
  if (known === undefined) throw new Error('Q01 is gone')
  const io = fakeIo()
  expect(huntAll(io, [{ ...known, fixChange: known.change }])).toBe(1)
  expect(io.said().out).toMatch(/With the fix no-stale-frame still breaks: page 0/)
})
