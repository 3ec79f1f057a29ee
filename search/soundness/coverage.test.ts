/** @module-tag long */
import { beforeAll, expect, test } from 'vitest'
import { addCoverage, failureCoverage, rowCoverage, ruleCoverage } from '../../model/actions/coverage.js'
import { Coverage, relation } from '../../model/actions/relation.js'
import { properties } from '../../properties/index.js'
import { buildMachine } from '../machine-config.js'
import { searchRandom } from '../random/random.js'
import { Simulator } from '../simulator.js'
import { machines } from '../testing/coverage-machines.js'
import { unreachableErrors, unreachableRows } from '../testing/unreachable.js'

const total = new Coverage()
const witnessed = new Set<string>()

/** Every design under every kind of machine, all properties judged. */
beforeAll(() => {
  for (const setup of machines()) {
    const opened = buildMachine(setup)
    if (!opened.ok) throw new Error(opened.problem.message)
    const found = searchRandom(new Simulator(opened.value.machine), properties, {
      seed: 3,
      runs: 200,
      length: 120,
      choice: 'biased',
    })
    addCoverage(total, found.coverage)
    for (const { name } of properties) if (!found.vacuous.includes(name)) witnessed.add(name)
  }
}, 300_000)

test('every row of the relation is taken, or listed with the reason why no plan takes it', () => {
  const idle = rowCoverage(total).filter(({ taken }) => taken === 0)
  expect(idle.map(({ kind }) => kind)).toEqual(unreachableRows.map(({ kind }) => kind))
})

test('every way to fail is met, or listed with the reason why no plan meets it', () => {
  const missing = failureCoverage(total).filter(({ met }) => met === 0)
  const listed = unreachableErrors.flatMap(({ kind, rules }) => rules.map((rule) => `${kind} ${rule}`))
  expect(missing.map(({ kind, rule }) => `${kind} ${rule.id}`).sort()).toEqual(listed.sort())
})

test('every rule that is cited is exercised, or its failure is listed', () => {
  const others = properties.map(({ name, rules }) => ({ rules, witnessed: witnessed.has(name) }))
  const idle = ruleCoverage(total, others).filter(({ times }) => times === 0)
  const ofRows = unreachableRows.flatMap(({ kind }) => relation[kind].rules.map(({ id }) => id))
  const listed = new Set([...unreachableErrors.flatMap(({ rules }) => rules), ...ofRows])
  expect(idle.map(({ rule }) => rule.id).filter((id) => !listed.has(id))).toEqual([])
})

test('every property is exercised on some machine', () => {
  expect(properties.map(({ name }) => name).filter((name) => !witnessed.has(name))).toEqual([])
})
