import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { failing } from '../../../model/actions/relation.js'
import type { Rule } from '../../../spec/index.js'
import { septCases } from '../../cases/sept/boundary.js'
import {
  type Answer,
  type Call,
  type ModuleName,
  moduleNames,
  requestSchema,
  type SeptCall,
} from '../../protocol/messages.js'
import { septSetup } from '../../protocol/setting.js'
import { hasCall } from '../../protocol/validate-call.js'
import { conform } from '../../runner/run.js'
import { objectTarget } from '../../targets/in-process.js'
import { modelHello, modelImplementation } from '../../testing/model-target.js'
import { OracleCache } from '../check.js'
import { septOutcomeRules } from './outcomes.js'

const septCallNames = requestSchema.options
  .map(({ shape }) => ([...shape.call.values][0] ?? '') as Call['call'])
  .filter((call) => /^(td|vcpu-|private-|trusted-)/.test(call))
const oracles = new OracleCache(['linux-7.2'])

/** What the model allows to the last of some calls, the first answer taken to those before it. */
const allowed = (...calls: readonly SeptCall[]): readonly Answer[] => allowedOn('sept', calls)

function allowedOn(on: ModuleName, calls: readonly SeptCall[]): readonly Answer[] {
  const oracle = must(oracles.open(septSetup(modelHello, on)))
  for (const call of calls.slice(0, -1)) {
    const predictions = oracle.predict(call)
    oracle.commit(predictions, predictions.slice(0, 1))
  }
  return oracle.predict(calls.at(-1) as SeptCall).map(({ answer }) => answer)
}

const aug: SeptCall = { call: 'tdh.mem.page.aug', page: 0, frame: 0 }
const block: SeptCall = { call: 'tdh.mem.range.block', page: 0 }
const track: SeptCall = { call: 'tdh.mem.track' }
const remove: SeptCall = { call: 'tdh.mem.page.remove', page: 0 }
const accept: SeptCall = { call: 'tdg.mem.page.accept', vcpu: 0, page: 0 }
const read: SeptCall = { call: 'private-read', vcpu: 0, page: 0 }
const write: SeptCall = { call: 'private-write', vcpu: 0, page: 0, value: 7 }
const exit: SeptCall = { call: 'vcpu-exit', vcpu: 0 }
const used = [aug, accept, write]
const ok = { outcome: 'ok' }
const busy = { outcome: 'TDX_OPERAND_BUSY' }

describe('what the model allows', () => {
  test('a blocked page is reached through what a vCPU has cached, or not at all', () => {
    expect(allowed(...used, block, read)).toEqual([{ ...ok, data: 7 }, { outcome: 'EPT_VIOLATION' }])
  })

  test('a vCPU that exits and comes back in the same epoch may keep its translations; in another it may not', () => {
    expect(allowed(...used, block, exit, read)).toHaveLength(2)
    expect(allowed(...used, block, exit, track, read)).toEqual([{ outcome: 'EPT_VIOLATION' }])
    expect(allowed(...used, block, track, exit, read)).toEqual([{ outcome: 'EPT_VIOLATION' }])
  })

  test('a call may be busy while a vCPU is in the guest, and may not when all are outside', () => {
    expect(allowed(...used, block)).toEqual([ok, busy])
    expect(allowed(...used, exit, block)).toEqual([ok])
  })

  test('a page is removed when no vCPU runs that has run since before its block, and not earlier', () => {
    const notDone = { outcome: 'TDX_TLB_TRACKING_NOT_DONE' }
    expect(allowed(...used, block, track, remove)).toEqual([notDone, busy])
    expect(allowed(...used, block, exit, remove)).toEqual([notDone])
    expect(allowed(...used, block, track, exit, remove)).toEqual([ok])
  })

  test('what a page held is gone when it is accepted again', () => {
    expect(allowed(...used, block, track, exit, remove, aug, accept, read)).toEqual([{ ...ok, data: 0 }])
  })
})

describe('a module 2.0, with a device that the TD trusts', () => {
  const request: SeptCall = { call: 'tdh.iq.inv.request' }
  const process: SeptCall = { call: 'tdh.iq.inv.process' }
  const deviceReads: SeptCall = { call: 'trusted-read', device: 0, page: 0 }
  const deviceWrites: SeptCall = { call: 'trusted-write', device: 0, page: 0, value: 9 }
  const on = (...calls: SeptCall[]) => allowedOn('sept-2.0', calls)
  const owed = { outcome: 'TDX_IOMMU_IOTLB_TRACKING_NOT_DONE' }
  const nowhere = { outcome: 'DMA_BLOCKED' }
  const mapped = [aug, accept, exit]

  test('removes a page, and begins an epoch, when the IOMMU owes nothing; 1.5 counts vCPUs alone', () => {
    const blocked = [...mapped, block, track]
    expect(on(...blocked, remove)).toEqual([owed])
    expect(on(...blocked, track)).toEqual([owed])
    expect(on(...blocked, request, remove)).toEqual([owed])
    expect(on(...blocked, request, process, remove)).toEqual([ok])
    for (const call of [remove, track]) expect(allowed(...blocked, call)).toEqual([ok])
  })

  test('takes no invalidation that is not owed, and none twice', () => {
    expect(on(request)).toEqual([{ outcome: 'TDX_IOMMU_IOTLB_TRACKING_NOT_REQUIRED' }])
    expect(on(track, request, request)).toEqual([owed])
    expect(on(track, request, process, request)).toEqual([{ outcome: 'TDX_IOMMU_IOTLB_TRACKING_NOT_REQUIRED' }])
  })

  test('lets the device reach what the guest has accepted', () => {
    expect(on(aug, deviceReads)).toEqual([nowhere])
    expect(on(...mapped, deviceWrites, read)).toEqual([{ ...ok, data: 9 }])
  })

  test('a blocked page is reached through what the IOMMU has cached, until the invalidation is done', () => {
    expect(on(...mapped, deviceWrites, block, deviceReads)).toEqual([{ ...ok, data: 9 }, nowhere])
    expect(on(...mapped, block, deviceReads)).toEqual([nowhere])
    expect(on(...mapped, deviceWrites, block, track, request, process, deviceReads)).toEqual([nowhere])
    expect(on(...mapped, deviceWrites, block, track, process, deviceReads)).toHaveLength(2)
  })

  test('an entry is removed when it is blocked, invalidated, and no epoch is owed', () => {
    const blockEntry: SeptCall = { call: 'tdh.dmar.block-entry', device: 0 }
    const requestEntry: SeptCall = { call: 'tdh.iq.inv.request-entry', device: 0 }
    const removeEntry: SeptCall = { call: 'tdh.dmar.remove-entry', device: 0 }
    expect(on(removeEntry)).toEqual([{ outcome: 'TDX_DMAR_INVALID_MAPPING_STATE' }])
    expect(on(blockEntry, removeEntry)).toEqual([{ outcome: 'TDX_DMAR_INVALID_INV_STATE' }])
    expect(on(track, blockEntry, requestEntry, process, removeEntry)).toEqual([owed])
    expect(on(blockEntry, requestEntry, process, removeEntry)).toEqual([ok])
    expect(on(...mapped, deviceReads, blockEntry, deviceReads)).toHaveLength(2)
    expect(on(...mapped, deviceReads, blockEntry, requestEntry, process, deviceReads)).toEqual([nowhere])
  })
})

describe.each(moduleNames)('the fixed list for Secure EPT, %s', (on) => {
  const cases = septCases({ hello: modelHello, interface: on })
  const setting = septSetup(modelHello, on)

  test('meets every rule by which a call fails', () => {
    const met = new Set<Rule | undefined>()
    for (const { calls } of cases) {
      const oracle = must(oracles.open(setting))
      for (const call of calls) {
        const predictions = oracle.predict(call)
        for (const { cause, rules = [] } of predictions)
          for (const rule of [failing[cause]?.rule, ...rules]) met.add(rule)
        oracle.commit(predictions, predictions.slice(0, 1))
      }
    }
    const asked = [...new Set(cases.flatMap(({ calls }) => calls.map(({ call }) => call)))]
    const missed = asked.flatMap((call) => septOutcomeRules({ call }, on)).filter(({ rule }) => !met.has(rule))
    expect(missed.map(({ rule }) => rule.id)).toEqual([])
    expect([...asked].sort()).toEqual(septCallNames.filter((call) => hasCall(setting, call)).sort())
  })

  test('has a name of its own for each case', () => {
    expect(new Set(cases.map(({ from }) => from)).size).toBe(cases.length)
  })

  test('reads no entry and no frame of an implementation that cannot show them', () => {
    const blind = septCases({ hello: { ...modelHello, observes: [] }, interface: on })
    const asked = new Set(blind.flatMap(({ calls }) => calls.map(({ call }) => call)))
    expect([...asked].filter((call) => call.endsWith('rd') || call.endsWith('rdmd'))).toEqual([])
  })

  test('is for one vCPU, too', () => {
    const alone = septCases({ hello: { ...modelHello, vcpus: 1 }, interface: on })
    const vcpus = alone.flatMap(({ calls }) => calls.flatMap((call) => ('vcpu' in call ? [call.vcpu] : [])))
    expect(new Set(vcpus)).toEqual(new Set([0]))
  })
})

describe('a planted fault is found, shrunk, and named by its rule', () => {
  const found = async (plant: (call: Call, answer: Answer) => Answer) => {
    const open = objectTarget(() => modelImplementation('linux-7.2', plant))
    const { divergences } = must(await conform(open, { interface: 'sept', runs: 100, seed: 7 }))
    return divergences.map(({ divergence }) => divergence)
  }
  const instead = (status: string, answer: Answer) => (_: Call, right: Answer) =>
    right.outcome === status ? answer : right

  test.each([
    ['the tracking check of a removal', 'TDX_TLB_TRACKING_NOT_DONE', 'tdx.page-remove/needs-tracking', 3],
    ['the block before a removal', 'TDX_GPA_RANGE_NOT_BLOCKED', 'tdx.page-remove/needs-block', 2],
    ['a vCPU of the epoch before', 'TDX_PREVIOUS_TLB_EPOCH_BUSY', 'tdx.track/previous-epoch-busy', 3],
    ['to say that a page was blocked already', 'TDX_GPA_RANGE_ALREADY_BLOCKED', 'tdx.range-block/already-blocked', 3],
    ['to say that a page was accepted already', 'TDX_PAGE_ALREADY_ACCEPTED', 'tdx.page-accept/already-accepted', 3],
    ['whose a frame is', 'TDX_PAGE_METADATA_INCORRECT', 'tdx.pamt/needs-nda', 2],
  ])('it forgets %s', async (_, status, rule, calls) => {
    const divergences = await found(instead(status, { outcome: 'ok' }))
    const named = divergences.filter(({ allowed }) => allowed.some(({ rules }) => rules.some(({ id }) => id === rule)))
    expect(named.length).toBeGreaterThan(0)
    expect(Math.min(...named.map(({ sequence }) => sequence.calls.length))).toBeLessThanOrEqual(calls)
  })

  test('an accepted page that is not all zeroes', async () => {
    const [first] = await found(({ call }, answer) =>
      call === 'private-read' && answer.data === 0 ? { ...answer, data: 9 } : answer,
    )
    expect(first?.allowed[0]?.rules.map(({ id }) => id)).toEqual(['tdx.page-accept/pending-to-mapped'])
  })

  test('a success where the guest has to leave, with the rule by which it does', async () => {
    const [first] = await found(({ call }, answer) =>
      call === 'tdg.mem.page.accept' && answer.outcome === 'EPT_VIOLATION' ? { outcome: 'ok' } : answer,
    )
    expect(first?.allowed[0]?.rules.map(({ id }) => id)).toEqual(['tdx.page-accept/violation'])
  })

  test('a status where there is a success, with the rules that would give it', async () => {
    const [first] = await found(({ call }, answer) =>
      call === 'tdh.mem.page.remove' && answer.outcome === 'ok' ? { outcome: 'TDX_TLB_TRACKING_NOT_DONE' } : answer,
    )
    expect(first?.allowed[0]?.rules.map(({ id }) => id)).toEqual(['tdx.page-remove/needs-tracking'])
  })
})
