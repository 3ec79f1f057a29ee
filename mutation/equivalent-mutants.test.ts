import { expect, test } from 'vitest'
import * as spec from '../spec/index.js'
import { reviewed } from './equivalent-mutants.js'

const ids: ReadonlySet<string> = new Set(Object.values(spec).map(({ id }) => id))

test('every rule on which the list of equivalent mutants rests exists', () => {
  const named = reviewed.flatMap(({ rule }) => (rule === undefined ? [] : [rule]))
  expect(named.length).toBeGreaterThan(0)
  expect(named.filter((id) => !ids.has(id))).toEqual([])
})
