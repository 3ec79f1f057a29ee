import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import type { Call } from '../protocol/messages.js'
import { pageTableSetting as setting } from '../testing/page-table-setting.js'
import { Oracle } from './oracle.js'

const map = (iovfn: number, count: number, permissions: number): Call => {
  return { call: 'map', iovfn, page: iovfn, count, permissions, flaw: 'none' }
}

test.each([
  ['a page', 3, 1],
  ['a superpage', 4, 4],
])('%s that stays in the tables may stay in the cache over an unmap that removes nothing', (_, iovfn, count) => {
  const oracle = must(Oracle.open(setting, ['linux-7.2 faultAfterRead=suppressed psiMatch=containment']))
  const calls: Call[] = [
    map(iovfn, count, 1),
    { call: 'dma-read', device: 0, iovfn },
    { call: 'unmap', iovfn: 2, count: 3, flaw: 'none' },
  ]
  for (const call of calls) {
    const predictions = oracle.predict(call)
    oracle.commit(predictions, predictions)
  }
  const faults = oracle.predict({ call: 'dma-write', device: 0, iovfn, value: 1 }).map(({ answer }) => answer.fault)
  expect(new Set(faults)).toEqual(new Set([0, 1]))
})
