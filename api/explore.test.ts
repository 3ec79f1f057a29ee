import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { onDemand4k } from '../designs/on-demand-4k.js'
import { pinAll } from '../designs/pin-all.js'
import { type Property, properties, property } from '../properties/index.js'
import { Budget } from './budget.js'
import { check } from './check.js'
import { explore } from './explore.js'

const only = (...names: string[]): Property[] => properties.filter(({ name }) => names.includes(name))
const mine = { ...onDemand4k, name: 'mine' }
const wrong = { ...pinAll, name: 'wrong' }
const small = { pages: 2, vcpus: 1 }

test('a design that is right is held, with scope and states', () => {
  const { outcome, scopes, states, verdicts } = must(
    explore(mine, { scope: small, properties: only('no-stale-frame', 'conversion-ends') }),
  )
  expect(outcome).toBe('held')
  expect(scopes).toEqual(['2 pages in 1 superpage, 1 vCPU, 1 device, starts shared'])
  expect(states).toBeGreaterThan(100)
  expect(verdicts.map(({ property, verdict }) => [property, verdict])).toEqual([
    ['no-stale-frame', 'held'],
    ['conversion-ends', 'held'],
  ])
})

test('a design that is wrong is violated, with a run that shows it', () => {
  const { outcome, verdicts } = must(explore(wrong, { scope: small, properties: only('no-stale-frame') }))
  expect(outcome).toBe('violated')
  expect(verdicts[0]?.trace?.steps.length).toBe(verdicts[0]?.steps)
})

test('a search that a bound ends says so', () => {
  const asked = { scope: small, properties: only('no-stale-frame') }
  expect(must(explore(mine, { ...asked, states: 100 })).outcome).toBe('bound')
})

test('check finds in all configurations what it can, and proves nothing', () => {
  const found = must(check(wrong, { scope: small, runs: 8, properties: only('no-stale-frame', 'host-survives') }))
  expect(found.map(({ property, verdict }) => [property, verdict])).toEqual([
    ['no-stale-frame', 'violated'],
    ['host-survives', 'none-found'],
  ])
})

test("a property of the user's own is judged by both", () => {
  const [known] = only('no-stale-frame')
  if (known === undefined) throw new Error('the property is gone')
  const own = property({ ...known, name: 'my-own' })
  const asked = { scope: small, properties: [own] }
  expect(must(explore(wrong, asked)).verdicts).toMatchObject([{ property: 'my-own', verdict: 'violated' }])
  expect(must(check(wrong, { ...asked, runs: 50 }))).toMatchObject([{ property: 'my-own', verdict: 'violated' }])
})

test('options that cannot be are refused, in JavaScript too', () => {
  expect(explore(mine, { states: 0 })).toMatchObject({
    problem: { message: expect.stringMatching(/^states: found 0/) },
  })
  expect(check(mine, { seed: 0.5 })).toMatchObject({ problem: { message: expect.stringMatching(/^seed: found 0.5/) } })
})

test('time is shared out among tests that have not begun', () => {
  const budget = new Budget(100, 4)
  expect(budget.take()).toBeCloseTo(25, 1)
  expect(budget.take(2)).toBeCloseTo(66.7, 0)
  expect(budget.take()).toBeCloseTo(100, 0)
  expect(new Budget(Number.POSITIVE_INFINITY, 3).take()).toBe(Number.POSITIVE_INFINITY)
})
