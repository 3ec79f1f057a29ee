/** @module-tag long */
import { describe, expect, test } from 'vitest'
import type { Hunt } from '../../bugs/hunt.js'
import { type Bug, bugs, hunt } from '../../bugs/index.js'
import { notExpressed } from '../../bugs/not-expressed.js'
import { golden } from '../testing/golden.js'
import { museumPage } from './page.js'

const ids = [...bugs, ...notExpressed].map(({ id }) => id)

test('an id stands for one bug, planted or not', () => {
  expect(ids).toEqual([...new Set(ids)])
})

test('the museum has at least 70 bugs', () => {
  expect(bugs.length).toBeGreaterThanOrEqual(70)
})

test('every bug names a source', () => {
  expect(bugs.filter(({ sources }) => sources.some(({ name, url }) => name === '' || url === ''))).toEqual([])
})

const hunts = new Map<Bug, Hunt>()
/** Each bug is hunted once. */
function hunted(bug: Bug): Hunt {
  const known = hunts.get(bug) ?? hunt(bug)
  hunts.set(bug, known)
  return known
}

describe('the property that a bug names breaks, and holds with its fix', () => {
  test.each(bugs.map((bug) => [`${bug.id} · ${bug.title}`, bug] as const))('%s', { timeout: 60_000 }, (_, bug) => {
    const { found, fixBreaks } = hunted(bug)
    expect(
      found && 'found',
      `${bug.breaks} holds with the change: ${bug.change.map(({ says }) => says).join('; ')}`,
    ).toBe('found')
    expect(fixBreaks).toBeUndefined()
  })
})

test('docs/bugs.md is what the museum says', { timeout: 300_000 }, () => {
  const lengths = new Map(bugs.map((bug) => [bug.id, hunted(bug).found?.trace.steps.length ?? -1]))
  const page = museumPage(lengths)
  expect(page).toBe(golden(new URL('../../docs/bugs.md', import.meta.url), page))
})
