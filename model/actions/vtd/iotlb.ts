import { qemuFaultAfterRead, vtdCoarser, vtdDeviceTlbFill, vtdIotlbEvict, vtdIotlbHit } from '../../../spec/index.js'
import { someDma, someSet } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Dma, type State } from '../../machine/state.js'
import {
  attachedAndPublic,
  domainOf,
  isAnswered,
  isPrivateInput,
  keepsInDevice,
  unitOf,
  useLeaf,
  useOwnLeaf,
} from '../../memory/dma-outcome.js'
import { dropSlot, findKey, keepInDevice, ownLeaf, tlbKey } from '../../memory/tlb.js'
import { views } from '../accessed.js'
import { device, keptByDevice, size, slot } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { chooseFirst, environmentRow } from '../row.js'
import { waits } from './waiting-dma.js'

const arg = places('device', 'size', 'keep')
const slotArg = places('slot')

function iotlbSlot(m: Machine, s: State, a: CodeOf<['device', 'size']>): number {
  const slots = m.scope.iotlbEntries
  const key = tlbKey(m, domainOf(s, a[arg.device]), s.dmaGfn[a[arg.device]], a[arg.size] === 1)
  return findKey(s.iotlbKey, unitOf(m, a[arg.device]) * slots, slots, key)
}

/** The leaf of the page of a DMA by the entry that it meets. */
const ownOf = (m: Machine, s: State, a: CodeOf<['device', 'size']>): number =>
  ownLeaf(m, s.iotlbLeaf[iotlbSlot(m, s, a)], a[arg.size] === 1, s.dmaGfn[a[arg.device]])

/** Translation from the IOTLB. Hardware may forget any translation at any time. */
export const iotlbRows = {
  'iommu.hit-iotlb': environmentRow({
    says: "The unit translates a device's DMA by an entry of the IOTLB, whatever memory holds by now.",
    actor: 'iommu',
    params: [device, size, keptByDevice],
    fairness: { owedBy: 'device', insteadOf: 'iommu.walk', inLitmus: 'by itself' },
    weight: 160,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdIotlbHit, vtdDeviceTlbFill, qemuFaultAfterRead],
    reads: views('transfer iotlb deviceTlb attached idmap ats readAtBlock'),
    writes: views('transfer deviceTlb writtenAtBlock'),
    needs: undefined,
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices * (m.platform.ats ? 4 : 2) : 0),
    choose: (m, index, a) => {
      a[arg.device] = index % m.scope.devices
      const rest = Math.floor(index / m.scope.devices)
      a[arg.size] = rest & 1
      a[arg.keep] = rest >>> 1
    },
    possible: (m, s, a) =>
      waits(s, a) &&
      attachedAndPublic(s, a[arg.device]) &&
      !isPrivateInput(m, s, a[arg.device]) &&
      iotlbSlot(m, s, a) >= 0 &&
      (a[arg.keep] === 0 || (keepsInDevice(s, a[arg.device]) && isAnswered(m, s, a[arg.device], ownOf(m, s, a)))),
    apply: (m, s, a) => {
      const device = a[arg.device]
      const leaf = s.iotlbLeaf[iotlbSlot(m, s, a)]
      const own = ownOf(m, s, a)
      const large = a[arg.size] === 1 && !m.nested
      m.event.cached = 1
      if (a[arg.keep] === 0) return useLeaf(m, s, device, own, a[arg.size] === 1)
      keepInDevice(m, s, device, large ? leaf : own, large)
      useOwnLeaf(m, s, device, own, a[arg.size] === 1)
    },
  }),
  'iommu.evict-iotlb': environmentRow({
    says: 'Hardware forgets one translation of the IOTLB.',
    actor: 'iommu',
    params: [slot],
    fairness: 'free',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdIotlbEvict, vtdCoarser],
    reads: views('iotlb'),
    writes: views('iotlb'),
    needs: undefined,
    candidates: (_, s) => (someSet(s.iotlbKey) ? s.iotlbKey.length : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.iotlbKey[a[slotArg.slot]] !== 0,
    apply: (m, s, a) => dropSlot(s.iotlbKey, s.iotlbLeaf, m.scope.iotlbEntries, a[slotArg.slot]),
  }),
}
