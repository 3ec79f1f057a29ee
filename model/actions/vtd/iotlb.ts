import { qemuFaultAfterRead, vtdCoarser, vtdDeviceTlbFill, vtdIotlbEvict, vtdIotlbHit } from '../../../spec/index.js'
import type { Code } from '../../machine/action.js'
import { someDma, someSet } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Dma, type State } from '../../machine/state.js'
import { device, keptByDevice, leafSize, slot } from '../parameters.js'
import { chooseFirst, environmentRow } from '../row.js'
import {
  attachedAndPublic,
  domainOf,
  isAnswered,
  isPrivateInput,
  keepsInDevice,
  unitOf,
  useLeaf,
  useOwnLeaf,
  waits,
} from './dma-outcome.js'
import { dropSlot, findKey, keepInDevice, ownLeaf, tlbKey } from './tlb.js'

function iotlbSlot(m: Machine, s: State, a: Code): number {
  const slots = m.scope.iotlbEntries
  const key = tlbKey(m, domainOf(s, a[1]), s.dmaGfn[a[1]], a[2] === 1)
  return findKey(s.iotlbKey, unitOf(m, a[1]) * slots, slots, key)
}

/** The leaf of the page of a DMA by the entry that it meets. */
const ownOf = (m: Machine, s: State, a: Code): number =>
  ownLeaf(m, s.iotlbLeaf[iotlbSlot(m, s, a)], a[2] === 1, s.dmaGfn[a[1]])

/** Translation from the IOTLB. Hardware may forget any translation at any time. */
export const iotlbRows = {
  'iommu.hit-iotlb': environmentRow({
    says: "The unit translates a device's DMA by an entry of the IOTLB, whatever memory holds by now.",
    actor: 'iommu',
    params: { device, size: leafSize, keep: keptByDevice },
    fairness: { owedBy: 'device', insteadOf: 'iommu.walk', inLitmus: 'by itself' },
    weight: 160,
    plan: 'none',
    page: undefined,
    rules: [vtdIotlbHit, vtdDeviceTlbFill, qemuFaultAfterRead],
    needs: undefined,
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices * (m.platform.ats ? 4 : 2) : 0),
    choose: (m, index, a) => {
      a[1] = index % m.scope.devices
      const rest = Math.floor(index / m.scope.devices)
      a[2] = rest & 1
      a[3] = rest >>> 1
    },
    possible: (m, s, a) =>
      waits(s, a) &&
      attachedAndPublic(s, a[1]) &&
      !isPrivateInput(m, s, a[1]) &&
      iotlbSlot(m, s, a) >= 0 &&
      (a[3] === 0 || (keepsInDevice(s, a[1]) && isAnswered(m, s, a[1], ownOf(m, s, a)))),
    apply: (m, s, a) => {
      const device = a[1]
      const leaf = s.iotlbLeaf[iotlbSlot(m, s, a)]
      const own = ownOf(m, s, a)
      const large = a[2] === 1 && !m.nested
      m.event.cached = 1
      if (a[3] === 0) return useLeaf(m, s, device, own, domainOf(s, device), a[2] === 1)
      keepInDevice(m, s, device, large ? leaf : own, large)
      useOwnLeaf(m, s, device, own, a[2] === 1)
    },
  }),
  'iommu.evict-iotlb': environmentRow({
    says: 'Hardware forgets one translation of the IOTLB.',
    actor: 'iommu',
    params: { slot },
    fairness: 'free',
    weight: 20,
    plan: 'none',
    page: undefined,
    rules: [vtdIotlbEvict, vtdCoarser],
    needs: undefined,
    candidates: (_, s) => (someSet(s.iotlbKey) ? s.iotlbKey.length : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.iotlbKey[a[1]] !== 0,
    apply: (m, s, a) => dropSlot(s.iotlbKey, s.iotlbLeaf, m.scope.iotlbEntries, a[1]),
  }),
}
