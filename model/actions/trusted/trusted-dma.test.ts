import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { type PresetName, presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Dma, Dmar, Owner, type State, Tag } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

function guest(preset: PresetName = 'tdx-connect', input: ScopeInput = {}): ManualMachine {
  const scope = must(makeScope({ start: 'private', trustedDevices: 1, devices: 2, ...input }))
  return new ManualMachine(machineFrom(scope, presets[preset], withParts('secureEpt', 'content'), idleHost))
}

const issue = (device = 0, to = 'private') => `tdi.issue-dma device=${device} gfn=1 access=write to=${to}`
const walk = (device = 0, keep = 'none') => `tdi.walk-secure-ept device=${device} keep=${keep}`
const [finish, cached] = ['tdi.finish-dma device=0', 'tdi.use-cached device=0']

/** Whether an action is possible in a state that was spoilt. */
function may(action: string, spoil: (s: State) => unknown = () => undefined, preset?: PresetName): boolean {
  const hand = guest(preset)
  spoil(hand.state)
  return hand.can(action)
}

describe('DMA of a device that the guest trusts', () => {
  test('is issued by an idle device of a guest and a host that live', () => {
    expect([may(issue()), may(issue(1))]).toEqual([true, false])
    expect([
      may(issue(), (s) => s.dma.fill(Dma.TrustedIssued)),
      may(issue(), (s) => s.tdDead.fill(1)),
      may(issue(), (s) => s.hostDead.fill(1)),
      may(issue(), (s) => s.closed.fill(1)),
    ]).toEqual([false, false, false, false])
  })

  test('is by a shared address on TDX Connect alone', () => {
    const shared = (['tdx-connect', 'sev-snp', 'arm-cca'] as const).map((preset) =>
      may(issue(0, 'shared'), undefined, preset),
    )
    expect(shared).toEqual([true, false, false])
  })

  test('is translated while it waits, and arrives once it is translated', () => {
    const waiting = (s: State) => s.dma.fill(Dma.TrustedIssued, 0, 1)
    const translated = (s: State) => s.dma.fill(Dma.TrustedTranslated, 0, 1)
    expect([may(walk()), may(walk(), waiting), may(walk(), translated)]).toEqual([false, true, false])
    expect([may(finish), may(finish, waiting), may(finish, translated)]).toEqual([false, false, true])
  })

  test('by what is kept reaches the frame that was kept, while the entry of its device is usable', () => {
    const hand = guest()
    for (const step of [issue(), walk(0, 'iotlb'), finish, issue()]) hand.take(step)
    const frame = hand.state.privateFrame[1]
    hand.state.privateFrame[1] = 0
    const usable = hand.can(cached)
    hand.state.dmar[0] = Dmar.Free
    const unusable = hand.can(cached)
    hand.state.dmar[0] = Dmar.Present
    hand.take(cached)
    expect([usable, unusable, hand.state.dmaFrame[0], hand.machine.event.cached]).toEqual([true, false, frame, 1])
    expect(hand.can(cached)).toBe(false)
  })

  test('leaves the data of the guest if it writes, or of a device where the frame is no longer the guest’s', () => {
    const left = (access: string, owner: number) => {
      const hand = guest()
      hand.take(`tdi.issue-dma device=0 gfn=1 access=${access} to=private`)
      hand.take(walk())
      const frame = (hand.state.privateFrame[1] ?? 0) - 1
      hand.state.owner[frame] = owner
      hand.state.tag[frame] = Tag.Zero
      hand.take(finish)
      return hand.state.tag[frame]
    }
    expect([left('write', Owner.Td), left('write', Owner.Host), left('read', Owner.Td)]).toEqual([
      Tag.Guest,
      Tag.Device,
      Tag.Zero,
    ])
  })

  test('is forgotten, slot by slot, if it is kept', () => {
    const hand = guest('tdx-connect', { iotlbEntries: 2 })
    for (const step of [issue(), walk(0, 'iotlb')]) hand.take(step)
    const forget = (slot: number) => `tdi.forget-cached slot=${slot}`
    expect([0, 1].map((slot) => hand.can(forget(slot)))).toEqual([true, false])
    hand.take(forget(0))
    expect([...hand.state.trustedKey]).toEqual([0, 0])
  })
})

test.each([0, 1])('a unit finds again what it keeps for its own device, and another unit does not: unit %i', (unit) => {
  const scope = { start: 'private', devices: 2, trustedDevices: 2, units: 2, iotlbEntries: 2 } as const
  const made = machineFrom(must(makeScope(scope)), presets['tdx-connect'], withParts('secureEpt', 'content'), idleHost)
  const tdx = new ManualMachine(made)
  const issue = (device: number) => tdx.take(`tdi.issue-dma device=${device} gfn=1 access=write to=private`)
  issue(unit)
  tdx.take(`tdi.walk-secure-ept device=${unit} keep=iotlb`)
  tdx.take(`tdi.finish-dma device=${unit}`)
  for (const device of [0, 1]) issue(device)
  expect([0, 1].filter((device) => tdx.can(`tdi.use-cached device=${device}`))).toEqual([unit])
})

test('an invalidation of one unit waits for no DMA behind another, and has none behind another waited for', () => {
  const scope = { start: 'private', devices: 2, trustedDevices: 2, units: 2 } as const
  const tdx = guest('tdx-connect', scope)
  const walkOf = (device: number) => tdx.take(`tdi.walk-secure-ept device=${device} keep=none`)
  const invalidate = (unit: number) => {
    tdx.force(`tdh.iq.inv.request vcpu=0 unit=${unit}`)
    tdx.take(`iommu.invalidate-td unit=${unit}`)
  }
  const areDone = () => [0, 1].map((unit) => tdx.can(`iommu.retire-td unit=${unit}`))
  tdx.force('tdh.mem.track vcpu=0')
  for (const device of [0, 1]) tdx.take(issue(device))
  walkOf(0)
  invalidate(1)
  walkOf(1)
  expect(areDone()).toEqual([false, true])
  invalidate(0)
  expect(areDone()).toEqual([false, true])
  tdx.take(finish)
  expect(areDone()).toEqual([true, true])
})
