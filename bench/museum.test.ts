/** @module-tag long */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { find, pinnedSeed } from '../bugs/first-look.js'
import { bugs } from '../bugs/index.js'
import { pinnedCells, readTable } from './museum-report.js'

const table = readTable(readFileSync(new URL('../docs/museum.txt', import.meta.url), 'utf8'))

test('docs/museum.txt has a line for each bug, and each is solved', () => {
  expect([...table.keys()]).toEqual(bugs.map(({ id }) => id))
  expect([...table.values()].filter((cells) => cells.includes('not solved'))).toEqual([])
})

describe('docs/museum.txt says what check finds: npm run bench:museum writes it', () => {
  test.each(bugs.map((bug) => [bug.id, bug] as const))('%s', { timeout: 60_000 }, (id, bug) => {
    const cells = pinnedCells(bug, find(bug, pinnedSeed))
    expect(table.get(id)?.slice(0, cells.length)).toEqual(cells)
  })
})
