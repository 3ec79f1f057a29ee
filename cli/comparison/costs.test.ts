import { expect, test } from 'vitest'
import { findWorkload } from '../../cost/workloads.js'
import type { Judged } from '../../report/text/judged.js'
import type { VerdictName } from '../../search/verdict.js'
import { holding } from './costs.js'

const platform = 'tdx-2021-reading'

/** A verdict with what the choice of designs reads of it. */
const judged = (name: string, verdict: VerdictName, on = platform): Judged => {
  const [design = '', driver = ''] = name.split(' ')
  return { verdict: { design, variant: '', driver, backing: 'separate', platform: on, verdict } } as unknown as Judged
}

const names = (all: readonly Judged[]) => {
  const workload = findWorkload('boot')
  if (workload === undefined) throw new Error('no workload')
  return holding(all, platform, workload).map(({ design, driver }) => `${design} ${driver}`)
}

test('a cost is asked once for each design and driver that violates nothing', () => {
  const all = [judged('a x', 'held'), judged('a x', 'none-found'), judged('a y', 'held'), judged('b x', 'held')]
  expect(names(all)).toEqual(['a x', 'a y', 'b x'])
})

test('a violation on the platform leaves the design with that driver out, and no other', () => {
  const all = [judged('a x', 'held'), judged('a y', 'held'), judged('a x', 'violated')]
  expect(names(all)).toEqual(['a y'])
})

test('a violation on another platform leaves nothing out: the cost is that of the one platform', () => {
  expect(names([judged('a x', 'held'), judged('a x', 'violated', 'linux-6.12')])).toEqual(['a x'])
})

test('what cannot be on the platform has no cost there', () => {
  expect(names([judged('a x', 'not-applicable'), judged('b x', 'held', 'linux-7.2')])).toEqual([])
})
