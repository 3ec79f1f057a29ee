import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import type { Rule } from '../../../spec/index.js'
import { rmmCases } from '../../cases/rmm/boundary.js'
import { type Answer, type Call, type RmmCall, type RmmName, requestSchema, rmmNames } from '../../protocol/messages.js'
import { rmmSetup } from '../../protocol/setting.js'
import { hasCall, isRmm } from '../../protocol/validate-call.js'
import { conform } from '../../runner/run.js'
import { objectTarget } from '../../targets/in-process.js'
import { modelHello, modelImplementation } from '../../testing/model-target.js'
import { OracleCache } from '../check.js'
import { rmmOutcomeRules } from './outcomes.js'

const rmmCallNames = requestSchema.options
  .map(({ shape }) => ([...shape.call.values][0] ?? '') as Call['call'])
  .filter((call) => isRmm({ call } as Call))
const oracles = new OracleCache(['arm-cca'])

/** What the model allows to the last of some calls, where those before it are answered with these outcomes, or `ok`. */
function allowed(calls: readonly RmmCall[], outcomes: readonly string[] = [], on: RmmName = 'rmm'): readonly Answer[] {
  const oracle = must(oracles.open(rmmSetup(modelHello, on)))
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

describe('an unmap that is continued', () => {
  test('may stop again, and ends at last', () => {
    expect(allowed([...used, unmap, resume], stopped)).toEqual([ok, outcome('RMI_INCOMPLETE')])
    expect(allowed([...used, unmap, resume, resume], [...stopped, 'RMI_INCOMPLETE'])).toHaveLength(2)
  })

  test('is none where nothing is under way, in the half that is meant', () => {
    expect(allowed([resume])).toEqual([outcome('RMI_ERROR_INPUT')])
    expect(allowed([...used, unmap, { ...resume, half: 'unprotected' }], stopped)).toEqual([outcome('RMI_ERROR_INPUT')])
  })
})

describe('the unprotected half', () => {
  const half = 'unprotected'
  const mapOut = (frame: number): RmmCall => ({ call: 'rmi.rtt.unprot-map', page: 0, frame })
  const unmapOut: RmmCall = { call: 'rmi.rtt.unprot-unmap', page: 0 }
  const writeOut: RmmCall = { ...write, half } as RmmCall
  const readOut = (vcpu = 0): RmmCall => ({ call: 'realm-read', vcpu, page: 0, half })
  const look: RmmCall = { call: 'granule-read', frame: 0 }
  const usedOut = [mapOut(0), writeOut]

  test('is a granule of the host, which both write and read', () => {
    expect(allowed([...usedOut, look])).toEqual([{ ...ok, data: 7 }])
    expect(allowed([...usedOut, { call: 'granule-write', frame: 0, value: 9 }, readOut(1)])).toEqual([
      { ...ok, data: 9 },
    ])
  })

  test('is not kept from a granule that is delegated meanwhile: the access faults', () => {
    expect(allowed([...usedOut, delegate, readOut()])).toEqual([outcome('GRANULE_PROTECTION_FAULT')])
    expect(allowed([delegate, mapOut(0)])).toEqual([ok])
  })

  test('may be reached through what a vCPU has cached until its unmap is done, and by no other', () => {
    const stoppedOut = ['ok', 'ok', 'RMI_INCOMPLETE']
    expect(allowed([...usedOut, unmapOut, readOut()], stoppedOut)).toHaveLength(2)
    expect(allowed([...usedOut, unmapOut, readOut(1)], stoppedOut)).toEqual([outcome('DATA_ABORT')])
    expect(allowed([...usedOut, unmapOut, readOut()])).toEqual([outcome('DATA_ABORT')])
  })

  test('that faulted may fault by what the vCPU has cached, until its unmap is done', () => {
    const faulted = ['ok', 'ok', 'GRANULE_PROTECTION_FAULT', 'RMI_INCOMPLETE']
    const calls: RmmCall[] = [delegate, mapOut(0), readOut(), unmapOut]
    expect(allowed([...calls, readOut()], faulted)).toEqual([
      outcome('GRANULE_PROTECTION_FAULT'),
      outcome('DATA_ABORT'),
    ])
    expect(allowed([...calls, readOut(1)], faulted)).toEqual([outcome('DATA_ABORT')])
  })

  test('takes the map that it has once more on 2.0, and another on neither version', () => {
    expect(allowed([mapOut(0), mapOut(0)])).toEqual([ok])
    expect(allowed([mapOut(0), mapOut(0)], [], 'rmm-1.0')).toEqual([outcome('RMI_ERROR_RTT')])
    for (const on of rmmNames) expect(allowed([mapOut(0), mapOut(1)], [], on)).toEqual([outcome('RMI_ERROR_RTT')])
  })
})

describe('tables', () => {
  const fold: RmmCall = { call: 'rmi.rtt.fold', page: 0 }
  const destroy: RmmCall = { call: 'rmi.rtt.destroy', page: 0 }
  const create: RmmCall = { call: 'rmi.rtt.create', page: 0, frame: 0 }
  const entry: RmmCall = { call: 'rmi.rtt.read-entry', page: 1 }
  const both = (first: number, second: number): RmmCall[] => [
    { call: 'rmi.granule.delegate', frame: first },
    { call: 'rmi.granule.delegate', frame: second },
    { call: 'rmi.rtt.data-map', page: 0, frame: first },
    { call: 'rmi.rtt.data-map', page: 1, frame: second },
  ]
  const rtt = [outcome('RMI_ERROR_RTT')]

  test('are folded if their entries say the same, in granules that make a block', () => {
    expect(allowed([fold])).toEqual([ok])
    expect(allowed([...both(0, 1), fold])).toEqual([ok])
    expect(allowed([...both(1, 0), fold])).toEqual(rtt)
    expect(allowed([...both(1, 2), fold])).toEqual(rtt)
    expect(allowed([ask('empty', 0), fold])).toEqual(rtt)
  })

  test('once folded leave their pages as they were, and refuse commands on a page', () => {
    expect(allowed([...both(0, 1), write, fold, read(1)])).toEqual([{ ...ok, data: 7 }])
    for (const command of [unmap, map, destroy, fold]) expect(allowed([...both(0, 1), fold, command])).toEqual(rtt)
  })

  test('are destroyed only without assigned pages, and with them goes what the realm has agreed to', () => {
    expect(allowed([delegate, map, destroy])).toEqual(rtt)
    expect(allowed([ask('empty', 0), destroy, entry])).toEqual([{ ...ok, entry: 'unassigned', ripas: 'destroyed' }])
  })

  test('of the unprotected half are destroyed with the maps in them', () => {
    const half = 'unprotected'
    const out: RmmCall[] = [{ call: 'rmi.rtt.unprot-map', page: 0, frame: 0 }, { ...read(), half } as RmmCall]
    expect(allowed([...out, { ...destroy, half } as RmmCall, { ...read(), half } as RmmCall])).toEqual([
      outcome('DATA_ABORT'),
    ])
  })

  test('stay while an unmap in them is not done', () => {
    for (const command of [destroy, fold]) expect(allowed([...used, unmap, command], stopped)).toEqual(rtt)
    expect(allowed([...used, unmap, resume, destroy], stopped)).toEqual([ok])
  })

  test('are made of delegated granules, which are in use until the table is gone', () => {
    expect(allowed([fold, create])).toEqual([outcome('RMI_ERROR_INPUT')])
    expect(allowed([fold, delegate, create, undelegate])).toEqual([outcome('RMI_ERROR_INPUT')])
    expect(allowed([fold, delegate, create, fold, undelegate])).toEqual([ok])
  })

  test('that are there already, and a granule that is not delegated: either is reported', () => {
    expect(allowed([create])).toEqual([outcome('RMI_ERROR_INPUT'), outcome('RMI_ERROR_RTT')])
  })

  test('that are not there: a change of the RIPAS of a part may succeed where it changes nothing', () => {
    expect(allowed([fold, ask('ram', 0)])).toEqual([outcome('RMI_ERROR_RTT'), ok])
    expect(allowed([fold, ask('empty', 0)])).toEqual(rtt)
  })
})

describe('RMM 1.0', () => {
  const on10 = (...calls: RmmCall[]) => allowed(calls, [], 'rmm-1.0')
  const rtt = [outcome('RMI_ERROR_RTT')]

  test('ends each unmap before it returns, and refuses one of nothing', () => {
    expect(on10(...used, unmap)).toEqual([ok])
    expect(on10(...used, unmap, read())).toEqual([outcome('DATA_ABORT')])
    expect(on10(unmap)).toEqual(rtt)
  })

  test('refuses to map over an assigned entry by either of two statuses', () => {
    expect(on10(...used, map)).toEqual([outcome('RMI_ERROR_INPUT'), ...rtt])
    expect(on10(...used, { call: 'rmi.granule.delegate', frame: 1 }, { ...map, frame: 1 } as RmmCall)).toEqual(rtt)
  })

  test('asks for the consent of the realm where a destroyed page becomes EMPTY, and 2.0 does not', () => {
    expect(on10(...used, unmap, ask('empty', 0))).toEqual(rtt)
    expect(on10(...used, unmap, ask('empty', 1))).toEqual([ok])
    expect(allowed([...used, unmap, ask('empty', 0)])).toEqual([ok])
  })
})

describe.each(rmmNames)('the fixed list for an RMM, %s', (on) => {
  const cases = rmmCases({ hello: modelHello, interface: on })
  const setting = rmmSetup(modelHello, on)

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
    const missed = asked.flatMap((call) => rmmOutcomeRules({ call }, on)).filter(({ rule }) => !met.has(rule))
    expect(missed.map(({ rule }) => rule.id)).toEqual([])
    expect([...asked].sort()).toEqual(rmmCallNames.filter((call) => hasCall(setting, call)).sort())
  })

  test('has a name of its own for each case', () => {
    expect(new Set(cases.map(({ from }) => from)).size).toBe(cases.length)
  })

  test('is for one vCPU and one page, too', () => {
    const alone = rmmCases({ hello: { ...modelHello, vcpus: 1, pages: 1 }, interface: on }).flatMap(
      ({ calls }) => calls,
    )
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
