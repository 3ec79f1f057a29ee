import { expect, test } from 'vitest'
import { vtdQueueInOrder } from '../../spec/index.js'
import type { Iovfn } from '../machine/units.js'
import { count, domain, gfn, iovfn, vcpu } from './parameters.js'
import { type CodeOf, places } from './places.js'
import { placesOf, relation } from './relation.js'
import { type Fail, planRow } from './row.js'

const arg = places('vcpu', 'gfn', 'count')
const domainArg = places('vcpu', 'domain', 'iovfn')
const stated = {
  says: 'A row of this test.',
  lock: undefined,
  requires: undefined,
  placeMatters: false,
  rules: [vtdQueueInOrder],
  reads: [],
  writes: [],
  needs: undefined,
} as const

const pageOf = (a: CodeOf<['vcpu', 'gfn']>): number => a[arg.gfn]

test('a row reads and writes its parameters by name, and hands its code to what asks for the first of them', () => {
  const row = planRow({
    ...stated,
    params: [vcpu, gfn, count],
    apply: (_, __, a) => {
      a[arg.count] = pageOf(a) + a[arg.vcpu]
    },
  })
  const code = Int32Array.of(0, 2, 5, 0)
  row.apply({} as never, {} as never, code)
  expect([...code]).toEqual([0, 2, 5, 7])
  expect(Object.keys(row.params)).toEqual(row.parameters)
})

test('a place that a code does not have, or has for something else, does not compile', () => {
  const bodies = [
    planRow({
      ...stated,
      params: [vcpu, gfn],
      // @ts-expect-error a number is no place
      apply: (_, __, a) => void a[2],
    }),
    planRow({
      ...stated,
      params: [vcpu, gfn],
      // @ts-expect-error the row has no count
      apply: (_, __, a) => void a[arg.count],
    }),
    planRow({
      ...stated,
      params: [vcpu, iovfn, count],
      // @ts-expect-error rows with a domain have their page elsewhere
      apply: (_, __, a) => void a[domainArg.iovfn],
    }),
    planRow({
      ...stated,
      params: [vcpu, domain, iovfn],
      // @ts-expect-error the second parameter is no page
      apply: (_, __, a) => void pageOf(a),
    }),
  ]
  expect(bodies).toHaveLength(4)
})

test('an argument has its unit: a page of the guest does not pass for a DMA address', () => {
  const isEven = (page: Iovfn): boolean => page % 2 === 0
  const row = planRow({
    ...stated,
    params: [vcpu, gfn],
    // @ts-expect-error a gfn is no iovfn
    ready: (_, __, a) => isEven(a[arg.gfn]),
    apply: () => undefined,
  })
  expect(row.ready?.({} as never, {} as never, Int32Array.of(0, 0, 4))).toBe(true)
})

test('a way to fail that asks for a parameter which the row lacks does not compile', () => {
  const nothingLeft: Fail<['vcpu', 'gfn', 'count']> = {
    rule: vtdQueueInOrder,
    errno: 1,
    when: (_, __, a) => a[arg.count] === 0,
  }
  const apply = () => undefined
  // @ts-expect-error the row has no count
  planRow({ ...stated, params: [vcpu, gfn], fails: [nothingLeft], apply })
  expect(planRow({ ...stated, params: [vcpu, gfn, count], fails: [nothingLeft], apply }).fails).toEqual([nothingLeft])
})

test('places are those that the relation tells of a row, for every row', () => {
  for (const [at, { parameters }] of Object.values(relation).entries()) {
    const mine: Readonly<Record<string, number>> = places(...parameters)
    expect(parameters.map((name) => mine[name])).toEqual(parameters.map((name) => placesOf(name)[at]))
  }
})
