import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { Oracle } from '../oracle/oracle.js'
import type { Answer, Call } from '../protocol/messages.js'
import { conform } from '../runner/run.js'
import { objectTarget } from '../targets/in-process.js'
import { modelHello, modelImplementation } from '../testing/model-target.js'
import { pageTableSetting } from '../testing/page-table-setting.js'
import { domainCases } from './domains.js'

const setting = { ...pageTableSetting, devices: 2, domains: 2 }
const map = (domain: number): Call => {
  return { call: 'map', iovfn: 1, page: 1, count: 1, permissions: 3, flaw: 'none', domain }
}
const unmap = (domain: number): Call => ({ call: 'unmap', iovfn: 1, count: 1, flaw: 'none', domain })
const read = (device = 0): Call => ({ call: 'dma-read', device, iovfn: 1 })
const attach = (domain: number): Call => ({ call: 'attach', device: 0, domain })
const replace = (domain: number): Call => ({ call: 'replace', device: 0, domain })
const detach: Call = { call: 'detach', device: 0 }

/** What the last of some calls is answered; each of them has one right reply. */
function last(...calls: readonly Call[]): Answer | undefined {
  const oracle = must(Oracle.open(setting, ['linux-7.2']))
  let answer: Answer | undefined
  for (const call of calls) {
    const predictions = oracle.predict(call)
    oracle.commit(predictions, predictions)
    expect(new Set(predictions.map((one) => JSON.stringify(one.answer))).size).toBe(1)
    answer = predictions[0]?.answer
  }
  return answer
}

test.each<[law: string, calls: readonly Call[], result: string]>([
  ['a device walks the domain that it is attached to', [map(0), read()], 'done'],
  ['a map in another domain is not for it', [map(1), read()], 'blocked'],
  ['an unmap in another domain takes nothing from it', [map(0), map(1), unmap(1), read()], 'done'],
  ['a replacement moves it', [map(1), replace(1), read()], 'done'],
  ['what it had in the old domain is not there', [map(0), read(), replace(1), read()], 'blocked'],
  ['the other device stays', [map(0), replace(1), read(1)], 'done'],
  ['a device that is detached reaches nothing', [map(0), map(1), detach, read()], 'blocked'],
  ['an attach brings it back', [map(0), detach, attach(0), read()], 'done'],
  ['a replacement of a device that is detached attaches it', [map(1), detach, replace(1), read()], 'done'],
  [
    'nothing that was cached outlives an unmap while no device is there',
    [map(0), read(), replace(1), unmap(0), replace(0), read()],
    'blocked',
  ],
])('%s', (_, calls, result) => {
  expect(last(...calls)?.result).toBe(result)
})

test.each([
  ['the same domain', attach(0)],
  ['another domain', attach(1)],
])('a device that is attached cannot be attached to %s', (_, call) => {
  expect(last(call)?.outcome).toBe('EBUSY')
  expect(last(map(0), call, read())?.result).toBe('done')
})

describe('the fixed list alone finds a target that', () => {
  const forget = (kind: Call['call']) => {
    const right = modelImplementation('linux-7.2')
    return {
      ...right,
      answer: (request: Parameters<typeof right.answer>[0]) =>
        request.call === kind ? { outcome: 'ok' } : right.answer(request),
    }
  }
  test.each([
    ['attach', 'attach-busy'],
    ['replace', 'replace-moves'],
    ['detach', 'detach-blocks'],
  ] as const)('says that it has done a %s, and has not', async (kind, rule) => {
    const open = objectTarget(() => ({ ...forget(kind), hello: { ...modelHello, platform: 'linux-7.2', domains: 2 } }))
    const found = must(await conform(open, { interface: 'page-table', runs: 0, seed: 1 })).divergences
    const rules = found.flatMap(({ divergence }) => divergence.allowed[0]?.rules.map(({ id }) => id) ?? [])
    expect(rules).toContain(`vtd.domains/${rule}`)
    expect(Math.min(...found.map(({ divergence }) => divergence.sequence.calls.length))).toBeLessThanOrEqual(4)
  })
})

test('the model is right by its own fixed list, and each case has a name of its own', { tags: 'long' }, async () => {
  const hello = { ...modelHello, platform: 'linux-7.2', domains: 2 }
  const open = objectTarget(() => ({ ...modelImplementation('linux-7.2'), hello }))
  const report = must(await conform(open, { interface: 'page-table', runs: 100, seed: 3 }))
  expect([report.divergences, report.cut]).toEqual([[], undefined])
  const names = domainCases({ hello, interface: 'page-table', kvm: false }).map(({ from }) => from)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThan(60)
})
