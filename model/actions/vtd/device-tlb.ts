import {
  type Rule,
  vtdAtsAfterEntry,
  vtdDeviceTagAtEnable,
  vtdDeviceTlbEmptied,
  vtdDeviceTlbHit,
  vtdDeviceTlbRights,
  vtdDeviceTlbSurvivesAttach,
  vtdIotlbEvict,
} from '../../../spec/index.js'
import { hostIsAlive, someDma, someSet, someVcpuIdle } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Reg, regOf } from '../../machine/registers.js'
import { Ats, Dma, Phase, Plug, type State } from '../../machine/state.js'
import { attachedAndPublic, permits, useOwnLeaf } from '../../memory/dma-outcome.js'
import { dropSlot, findKey, ownLeaf, tlbKey } from '../../memory/tlb.js'
import { startPlan } from '../../plan/interpreter.js'
import { views } from '../accessed.js'
import { deviceTlb, lateAts } from '../needs.js'
import { device, size, slot, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { chooseByVcpu, chooseFirst, environmentRow, planRow } from '../row.js'
import { chooseDevice, waits } from './waiting-dma.js'

const arg = places('device', 'size')
const vcpuArg = places('vcpu', 'device')
const slotArg = places('slot')

/** The leaf that the device holds for its DMA; 0 for none. */
function heldLeaf(m: Machine, s: State, a: CodeOf<['device', 'size']>): number {
  if (s.devtlbKey.length === 0) return 0
  const gfn = s.dmaGfn[a[arg.device]]
  const slots = m.scope.iotlbEntries
  const slot = findKey(s.devtlbKey, a[arg.device] * slots, slots, tlbKey(m, 0, gfn, a[arg.size] === 1))
  return slot < 0 ? 0 : ownLeaf(m, s.devtlbLeaf[slot], a[arg.size] === 1, gfn)
}

/** A step of the driver that changes what holds of a device's ATS (`Ats`). */
const atsRow = (bit: number, rule: Rule, says: string) =>
  planRow({
    says,
    params: [vcpu, device],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [rule],
    reads: views('ats'),
    writes: views('ats'),
    needs: lateAts,
    apply: (_, s, a) => {
      s.ats[a[vcpuArg.device]] |= bit
    },
  })

/** Translation from the device's own TLB, filled by ATS. */
export const deviceTlbRows = {
  'dma.hit-device-tlb': environmentRow({
    says: 'A device translates its DMA by its own TLB, without a request to the unit.',
    actor: 'device',
    params: [device, size],
    fairness: { owedBy: 'device', insteadOf: 'iommu.walk', inLitmus: 'by itself' },
    weight: 120,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdDeviceTlbHit, vtdDeviceTlbRights, vtdDeviceTlbSurvivesAttach],
    reads: views('transfer deviceTlb attached readAtBlock idmap'),
    writes: views('transfer writtenAtBlock'),
    needs: deviceTlb,
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices * 2 : 0),
    choose: chooseDevice,
    possible: (m, s, a) =>
      waits(s, a) && attachedAndPublic(s, a[arg.device]) && permits(s, a[arg.device], heldLeaf(m, s, a)),
    apply: (m, s, a) => {
      m.event.cached = 1
      useOwnLeaf(m, s, a[arg.device], heldLeaf(m, s, a), a[arg.size] === 1)
    },
  }),
  'iommu.enable-ats': atsRow(
    Ats.On,
    vtdDeviceTlbEmptied,
    "The IOMMU driver turns ATS of a device on; the device's TLB is empty.",
  ),
  'iommu.assign-device-tag': atsRow(
    Ats.Tagged,
    vtdDeviceTagAtEnable,
    "From here on a flush of the domain goes to the device's TLB as well.",
  ),
  'vmm.enable-ats': environmentRow({
    says: 'ATS of a device is turned on, while mappings exist.',
    actor: 'thread',
    params: [vcpu, device],
    fairness: 'chosen',
    weight: 40,
    plan: 'begins',
    outcome: 'errno',
    page: undefined,
    rules: [vtdAtsAfterEntry, vtdDeviceTagAtEnable],
    reads: views('ats closed hostDead own.pc phase'),
    writes: views('ownPlan'),
    needs: lateAts,
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * s.ats.length : 0),
    choose: chooseByVcpu,
    possible: (_, s, a) =>
      s.ats.length > 0 &&
      (s.ats[a[vcpuArg.device]] & Ats.On) === 0 &&
      (s.plugged.length === 0 || s.plugged[a[vcpuArg.device]] === Plug.There) &&
      s.phase[a[vcpuArg.vcpu]] === Phase.Idle &&
      s.closed[0] === 0 &&
      hostIsAlive(s),
    apply: (m, s, a) => {
      s.reg[regOf(a[vcpuArg.vcpu], Reg.turn)] = a[vcpuArg.device]
      startPlan(m, s, a[vcpuArg.vcpu], 'ats')
    },
  }),
  'dma.evict-device-tlb': environmentRow({
    says: "Hardware forgets one translation of a device's TLB.",
    actor: 'device',
    params: [slot],
    fairness: 'free',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdIotlbEvict],
    reads: views('deviceTlb'),
    writes: views('deviceTlb'),
    needs: deviceTlb,
    candidates: (_, s) => (someSet(s.devtlbKey) ? s.devtlbKey.length : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.devtlbKey[a[slotArg.slot]] !== 0,
    apply: (m, s, a) => dropSlot(s.devtlbKey, s.devtlbLeaf, m.scope.iotlbEntries, a[slotArg.slot]),
  }),
}
