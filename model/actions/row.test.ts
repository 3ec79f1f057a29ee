import { expect, test } from 'vitest'
import { vtdQueueInOrder } from '../../spec/index.js'
import { views } from './accessed.js'
import { fixedOrder } from './order.js'
import { unit, vcpu } from './parameters.js'
import { kindIndex, kindOf, kinds, rows } from './relation.js'
import { environmentRow, planRow } from './row.js'

const environment = {
  says: 'A row of this test.',
  actor: 'iommu',
  params: [unit],
  fairness: 'free',
  weight: 20,
  plan: 'none',
  outcome: 'errno',
  page: undefined,
  rules: [vtdQueueInOrder],
  reads: [],
  writes: [],
  needs: undefined,
  candidates: () => 0,
  choose: () => undefined,
  possible: () => false,
  apply: () => undefined,
} as const
const plan = {
  says: 'A row of this test.',
  params: [vcpu],
  lock: undefined,
  requires: undefined,
  placeMatters: false,
  rules: [vtdQueueInOrder],
  reads: [],
  writes: [],
  needs: undefined,
  apply: () => undefined,
} as const

test('a row that leaves out what it has to state does not compile', () => {
  const { actor, fairness, weight, plan: onPlan, outcome, page, needs, params, rules, ...bare } = environment
  const given = [actor, fairness, weight, onPlan, outcome, page, needs, params, rules]
  // @ts-expect-error no actor
  environmentRow({ ...bare, fairness, weight, plan: onPlan, outcome, page, needs, params, rules })
  // @ts-expect-error no fairness
  environmentRow({ ...bare, actor, weight, plan: onPlan, outcome, page, needs, params, rules })
  // @ts-expect-error no weight
  environmentRow({ ...bare, actor, fairness, plan: onPlan, outcome, page, needs, params, rules })
  // @ts-expect-error not said what it does to a plan
  environmentRow({ ...bare, actor, fairness, weight, outcome, page, needs, params, rules })
  // @ts-expect-error not said what comes of it
  environmentRow({ ...bare, actor, fairness, weight, plan: onPlan, page, needs, params, rules })
  // @ts-expect-error not said what a machine needs
  environmentRow({ ...bare, actor, fairness, weight, plan: onPlan, outcome, page, params, rules })
  // @ts-expect-error no rule
  environmentRow({ ...bare, actor, fairness, weight, plan: onPlan, outcome, page, needs, params, rules: [] })
  // @ts-expect-error a page that is none of the parameters
  environmentRow({ ...environment, page: 'gfn' })
  expect(given).toHaveLength(9)
})

test('a plan row that leaves out what it has to state does not compile', () => {
  const { lock, requires, placeMatters, ...bare } = plan
  // @ts-expect-error no lock
  planRow({ ...bare, requires, placeMatters })
  // @ts-expect-error not said what it requires
  planRow({ ...bare, lock, placeMatters })
  // @ts-expect-error not said whether its place matters
  planRow({ ...bare, lock, requires })
  // @ts-expect-error not said what it reads
  planRow({ ...plan, reads: undefined })
  // @ts-expect-error not said what it writes
  planRow({ ...plan, writes: undefined })
  // @ts-expect-error a view that no state has
  planRow({ ...plan, writes: ['pins', 'pegs'] })
  // @ts-expect-error the same among others
  views('pins pegs')
  // @ts-expect-error a lock that no machine has
  planRow({ ...plan, lock: 'contaner' })
  expect(planRow(plan).parameters).toEqual(['vcpu'])
})

test('a misspelt kind does not compile, and a text that names no kind is told', () => {
  // @ts-expect-error iommu.walk
  expect(kindIndex('iommu.wlak')).toBe(-1)
  expect(kindOf('iommu.wlak')).toBeUndefined()
  expect(kindOf('iommu.walk')).toBe('iommu.walk')
})

test('rows of one sort have their fields in one order', () => {
  const shapes = (by: string) => new Set(rows.filter((row) => row.by === by).map((row) => Object.keys(row).join()))
  expect([shapes('plan').size, shapes('environment').size]).toEqual([1, 1])
})

test('kinds whose numbers are fixed come first, each once', () => {
  expect(kinds.names.slice(0, fixedOrder.length)).toEqual(fixedOrder)
  expect(new Set(kinds.names).size).toBe(kinds.names.length)
})

test('a row of the environment names its page by the place that the page has in a code, and 0 for none', () => {
  const on = (page: 'unit' | 'vcpu' | undefined) => environmentRow({ ...environment, params: [vcpu, unit], page }).page
  expect([on('vcpu'), on('unit'), on(undefined)]).toEqual([1, 2, 0])
})
