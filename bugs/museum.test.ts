import { describe, expect, test } from 'vitest'
import { bugs, hunt } from './index.js'

test('ids are unique', () => {
  const ids = bugs.map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)])
})

test('every bug names a source', () => {
  expect(bugs.filter(({ sources }) => sources.some(({ name, url }) => name === '' || url === ''))).toEqual([])
})

describe('the property that a bug names breaks, and holds with its fix', () => {
  test.each(bugs.map((bug) => [`${bug.id} · ${bug.title}`, bug] as const))('%s', (_, bug) => {
    const { found, fixBreaks } = hunt(bug)
    expect(
      found && 'found',
      `${bug.breaks} holds with the change: ${bug.change.map(({ says }) => says).join('; ')}`,
    ).toBe('found')
    expect(fixBreaks).toBeUndefined()
  })
})
