import { expect, test } from 'vitest'
import { iommufdMapRollback, typeMapOverlap, typeMapRollback } from '../spec/index.js'
import { type Clause, property, ruleOn } from './property.js'
import { byHand } from './testing/by-hand.js'

const explain = () => ''
const described = { name: 'mine', statement: '', parts: [], witness: '', witnessBits: () => 0, fullWitness: 1 } as const
const rule = typeMapOverlap
const at = (bit: number): Clause => ({ rule, explain, holdsAt: (_, s, gfn) => (s.orphans[gfn] & bit) === 0 })
const after = (bit: number): Clause => ({ rule, explain, holdsAfter: (_, s) => (s.mappings[0] & bit) === 0 })

test('a property holds where each of its clauses does', () => {
  const { machine: m, state: s } = byHand()
  const mine = property({ ...described, clauses: [at(1), after(1), at(2), after(2), at(4), after(4)] })
  for (let bits = 0; bits < 8; bits += 1) {
    s.orphans[1] = bits
    s.mappings[0] = bits
    expect([mine.holdsAt?.(m, s, 1), mine.holdsAfter?.(m, s)]).toEqual([bits === 0, bits === 0])
    expect(mine.holdsAt?.(m, s, 2)).toBe(true)
  }
})

test('a property whose clauses ask for no page, or of no step, has no such predicate', () => {
  expect(property({ ...described, clauses: [at(1)] }).holdsAfter).toBeUndefined()
  expect(property({ ...described, clauses: [after(1)] }).holdsAt).toBeUndefined()
})

test('a property rests on the rules of its clauses, of either accounting, and on what is given; one is broken', () => {
  const clause: Clause = { rule: typeMapRollback, iommufd: iommufdMapRollback, given: [typeMapOverlap], explain }
  const { rules } = property({ ...described, clauses: [clause, at(1)] })
  expect(rules).toEqual([typeMapRollback, iommufdMapRollback, typeMapOverlap])
  expect(ruleOn(byHand().machine, clause)).toBe(typeMapRollback)
  expect(ruleOn(byHand({ host: { accounting: 'iommufd' } }).machine, clause)).toBe(iommufdMapRollback)
  expect(ruleOn(byHand({ host: { accounting: 'iommufd' } }).machine, at(1))).toBe(rule)
})
