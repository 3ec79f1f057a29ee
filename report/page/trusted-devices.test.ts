import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import { judgeTrusted, trustingArchitectures } from '../../search/compare/trusted-devices.js'
import { golden } from '../testing/golden.js'
import { Counterexamples } from './counterexamples.js'
import { trustedPage } from './trusted-devices.js'

const page = new URL('../../docs/trusted-devices.md', import.meta.url)

/** What the page says before its table; written by hand, in the page itself. */
const headOf = (text: string): string => text.slice(0, text.indexOf('\n## '))

test('docs/trusted-devices.md says what the searches of all states find', { tags: 'long', timeout: 300_000 }, () => {
  const cells = must(judgeTrusted((packing) => makeOwnMemory(packing, 900_000)))
  const text = trustedPage(headOf(readFileSync(page, 'utf8')), cells, new Counterexamples(cells))
  expect(text).toBe(golden(page, text))
  const held = cells.filter(({ verdicts }) => verdicts.every(({ verdict }) => verdict === 'held'))
  // What falls may keep a witness of another property from coming.
  const fallen = cells.filter(({ verdicts }) => verdicts.some(({ verdict }) => verdict === 'violated'))
  expect(held.length + fallen.length).toBe(cells.length)
  expect(held.filter(({ design }) => design === 'on-demand-4k')).toHaveLength(trustingArchitectures.length)
  for (const { design } of cells) {
    const falls = cells.some((cell) => cell.design === design && !held.includes(cell))
    expect([design, falls]).toEqual([design, design !== 'on-demand-4k'])
  }
})
