import { afterAll, describe, expect, test } from 'vitest'
import { jaws, reviewed } from './harmless.js'
import { bite, type Fate, type Jaw } from './teeth.js'

const options = { seed: 1, length: 120 }
/** What is listed gets fewer runs: the list was made with many. */
const budgets = { listed: [25, 60], unlisted: [25, 150, 1200] }
const all: Fate[] = []

const entryOf = (jaw: string, mutant: string) =>
  reviewed.find((entry) => entry.jaws.test(jaw) && entry.mutants.test(mutant))

function fatesOf(jaw: Jaw): Fate[] {
  const isListed = (mutant: string) => entryOf(jaw.name, mutant) !== undefined
  return [
    ...bite(jaw, { ...options, rounds: budgets.listed }, isListed),
    ...bite(jaw, { ...options, rounds: budgets.unlisted }, (mutant) => !isListed(mutant)),
  ]
}

describe('every one-place change is caught, or listed with its reason', () => {
  test.each(jaws)('$name', { timeout: 120_000 }, (jaw) => {
    const fates = fatesOf(jaw)
    all.push(...fates)
    const survivors = fates.filter(({ mutant, caughtBy }) => caughtBy === '' && entryOf(jaw.name, mutant) === undefined)
    const stale = fates.filter(({ mutant, caughtBy }) => caughtBy !== '' && entryOf(jaw.name, mutant) !== undefined)
    expect(survivors.map(({ mutant }) => mutant)).toEqual([])
    expect(stale.map(({ mutant, caughtBy }) => `${mutant}: ${caughtBy}`)).toEqual([])
  })
})

test('every entry of the list has a change that it explains', () => {
  const idle = reviewed.filter((entry) => !all.some(({ jaw, mutant }) => entryOf(jaw, mutant) === entry))
  expect(idle.map(({ jaws: where, mutants }) => `${where} ${mutants}`)).toEqual([])
})

afterAll(() => {
  const counts = new Map<string, number>()
  for (const { jaw, mutant, caughtBy } of all) {
    const key = caughtBy || (entryOf(jaw, mutant)?.kind ?? 'unexplained')
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const words = [...counts].sort(([, a], [, b]) => b - a).map(([key, count]) => `${key} ${count}`)
  console.log(`${all.length} mutants: ${words.join(', ')}`)
})
