import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import type { Rule } from '../../../spec/index.js'
import { rmmCases } from '../../cases/rmm/boundary.js'
import { type Answer, type Call, type RmmCall, requestSchema } from '../../protocol/messages.js'
import { rmmSetup } from '../../protocol/setting.js'
import { isRmm } from '../../protocol/validate-call.js'
import { conform } from '../../runner/run.js'
import { objectTarget } from '../../targets/in-process.js'
import { modelHello, modelImplementation } from '../../testing/model-target.js'
import { OracleCache } from '../check.js'
import { rmmOutcomeRules } from './outcomes.js'

const rmmCallNames = requestSchema.options
  .map(({ shape }) => [...shape.call.values][0] ?? '')
  .filter((call) => isRmm({ call } as Call))
const setting = rmmSetup(modelHello)
const oracles = new OracleCache(['arm-cca'])

/** What the model allows to the last of some calls, where those before it are answered with these outcomes, or `ok`. */
function allowed(calls: readonly RmmCall[], outcomes: readonly string[] = []): readonly Answer[] {
  const oracle = must(oracles.open(setting))
  for (const [at, call] of calls.slice(0, -1).entries()) {
    const predictions = oracle.predict(call)
    const kept = predictions.filter(({ answer }) => answer.outcome === (outcomes[at] ?? 'ok'))
    expect(kept, call.call).not.toEqual([])
    oracle.commit(predictions, kept)
  }
  return oracle.predict(calls.at(-1) as RmmCall).map(({ answer }) => answer)
}

const delegate: RmmCall = { call: 'rmi.granule.delegate', frame: 0 }
const undelegate: RmmCall = { call: 'rmi.granule.undelegate', frame: 0 }
const map: RmmCall = { call: 'rmi.rtt.data-map', page: 0, frame: 0 }
const unmap: RmmCall = { call: 'rmi.rtt.data-unmap', page: 0 }
const resume: RmmCall = { call: 'rmi.op.continue', page: 0 }
const write: RmmCall = { call: 'realm-write', vcpu: 0, page: 0, value: 7 }
const read = (vcpu = 0): RmmCall => ({ call: 'realm-read', vcpu, page: 0 })
const ask = (ripas: 'empty' | 'ram', destroyed: 0 | 1): RmmCall => {
  return { call: 'rmi.rtt.set-ripas', page: 0, ripas, destroyed }
}
const used = [delegate, map, write]
const ok = { outcome: 'ok' }
const outcome = (name: string): Answer => ({ outcome: name })
/** The unmap stops for an interrupt. */
const stopped = ['ok', 'ok', 'ok', 'RMI_INCOMPLETE']

describe('what the model allows', () => {
  test('an unmap ends, or stops for an interrupt; one of an entry that leads nowhere ends', () => {
    expect(allowed([...used, unmap])).toEqual([ok, outcome('RMI_INCOMPLETE')])
    expect(allowed([unmap])).toEqual([ok])
  })

  test('while an unmap is not done, only a vCPU that has cached the translation may reach the page', () => {
    expect(allowed([...used, unmap, read()], stopped)).toEqual([{ ...ok, data: 7 }, outcome('DATA_ABORT')])
    expect(allowed([...used, unmap, read(1)], stopped)).toEqual([outcome('DATA_ABORT')])
    expect(allowed([...used, unmap, resume, read()], stopped)).toEqual([outcome('DATA_ABORT')])
  })

  test('while an unmap is not done, its granule and its page are in use', () => {
    expect(allowed([...used, unmap, undelegate], stopped)).toEqual([outcome('RMI_ERROR_INPUT')])
    expect(allowed([...used, unmap, map], stopped)).toEqual([outcome('RMI_BUSY')])
    expect(allowed([...used, unmap, ask('ram', 1)], stopped)).toEqual([outcome('RMI_ERROR_RTT')])
    expect(allowed([...used, unmap, resume, undelegate], stopped)).toEqual([ok])
  })

  test('a page that was unmapped is memory again, and clear, only with the consent of the realm', () => {
    expect(allowed([...used, unmap, map, read()])).toEqual([outcome('DATA_ABORT')])
    expect(allowed([...used, unmap, map, ask('ram', 0)])).toEqual([outcome('RMI_ERROR_RTT')])
    expect(allowed([...used, unmap, map, ask('ram', 1), read()])).toEqual([{ ...ok, data: 0 }])
  })

  test('a page that becomes EMPTY aborts in the realm on every vCPU, and has its content when it is RAM again', () => {
    expect(allowed([...used, ask('empty', 0), read()])).toEqual([outcome('REALM_ABORT')])
    expect(allowed([...used, ask('empty', 0), ask('ram', 0), read()])).toEqual([{ ...ok, data: 7 }])
  })

  test('a map of the granule that is there already succeeds and clears nothing', () => {
    expect(allowed([...used, map, read()])).toEqual([{ ...ok, data: 7 }])
  })

  test('the host reaches a granule while it is its own, and finds nothing of the realm in it', () => {
    const look: RmmCall = { call: 'granule-read', frame: 0 }
    expect(allowed([...used, unmap, look])).toEqual([outcome('GRANULE_PROTECTION_FAULT')])
    expect(allowed([...used, unmap, undelegate, look])).toEqual([{ ...ok, data: 0 }])
  })
})

describe('the fixed list for an RMM', () => {
  const cases = rmmCases({ hello: modelHello })

  test('meets every rule by which a call fails, and makes every call', () => {
    const met = new Set<Rule>()
    for (const { calls } of cases) {
      // an RMM that stops at each unmap, and one that never does
      for (const stops of [true, false]) {
        const oracle = must(oracles.open(setting))
        for (const call of calls) {
          const predictions = oracle.predict(call)
          for (const { rules = [] } of predictions) for (const rule of rules) met.add(rule)
          oracle.commit(predictions, stops ? predictions.slice(-1) : predictions.slice(0, 1))
        }
      }
    }
    const asked = [...new Set(cases.flatMap(({ calls }) => calls.map(({ call }) => call)))]
    const missed = asked.flatMap((call) => rmmOutcomeRules({ call })).filter(({ rule }) => !met.has(rule))
    expect(missed.map(({ rule }) => rule.id)).toEqual([])
    expect([...asked].sort()).toEqual(rmmCallNames.sort())
  })

  test('has a name of its own for each case', () => {
    expect(new Set(cases.map(({ from }) => from)).size).toBe(cases.length)
  })

  test('is for one vCPU and one page, too', () => {
    const alone = rmmCases({ hello: { ...modelHello, vcpus: 1, pages: 1 } }).flatMap(({ calls }) => calls)
    const fields = alone.map((call) => [
      'vcpu' in call ? call.vcpu : 0,
      'page' in call ? call.page : 0,
      'frame' in call ? call.frame : 0,
    ])
    expect(new Set(fields.flat())).toEqual(new Set([0]))
  })
})

test.each([
  ['RMI_ERROR_RTT', { outcome: 'ok' }, 'cca.rtt/data-map-needs-unassigned'],
  ['REALM_ABORT', { outcome: 'DATA_ABORT' }, 'cca.ripas/empty-aborts'],
  ['DATA_ABORT', { outcome: 'REALM_ABORT' }, 'cca.ripas/unmapped-exits'],
  ['GRANULE_PROTECTION_FAULT', { outcome: 'ok', data: 0 }, 'cca.granule/user-access-signalled'],
])(
  'the model with another reply in place of %s is found, shrunk, and named by its rule',
  async (status, wrong, rule) => {
    const plant = (_: Call, right: Answer): Answer => (right.outcome === status ? wrong : right)
    const open = objectTarget(() => modelImplementation('arm-cca', plant))
    const { divergences } = must(await conform(open, { interface: 'rmm', runs: 100, seed: 7 }))
    const named = divergences.filter(({ divergence }) =>
      divergence.allowed.some(({ rules }) => rules.some(({ id }) => id === rule)),
    )
    expect(Math.min(...named.map(({ divergence }) => divergence.sequence.calls.length))).toBeLessThanOrEqual(4)
  },
)
