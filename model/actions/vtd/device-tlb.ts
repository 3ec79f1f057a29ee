import { vtdDeviceTlbHit, vtdIotlbEvict } from '../../../spec/index.js'
import type { Code } from '../../machine/action.js'
import { someDma, someSet } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Dma, type State } from '../../machine/state.js'
import { deviceTlb } from '../needs.js'
import { device, leafSize, slot } from '../parameters.js'
import { chooseFirst, environmentRow } from '../row.js'
import { attachedAndPublic, chooseDevice, domainOf, useLeaf, waits } from './dma-outcome.js'
import { drop, findKey, ownLeaf, tlbKey } from './tlb.js'

function deviceTlbSlot(m: Machine, s: State, a: Code): number {
  if (s.devtlbKey.length === 0) return -1
  const slots = m.scope.iotlbEntries
  return findKey(s.devtlbKey, a[1] * slots, slots, tlbKey(m, domainOf(s, a[1]), s.dmaGfn[a[1]], a[2] === 1))
}

/** Translation from the device's own TLB, filled by ATS. */
export const deviceTlbRows = {
  'dma.hit-device-tlb': environmentRow({
    actor: 'device',
    params: { device, size: leafSize },
    fairness: { owedBy: 'device', insteadOf: 'vtd.walk', inLitmus: 'by itself' },
    weight: 120,
    plan: 'none',
    page: undefined,
    rules: [vtdDeviceTlbHit],
    needs: deviceTlb,
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices * 2 : 0),
    choose: chooseDevice,
    possible: (m, s, a) => waits(s, a) && attachedAndPublic(s, a[1]) && deviceTlbSlot(m, s, a) >= 0,
    apply: (m, s, a) => {
      const leaf = s.devtlbLeaf[deviceTlbSlot(m, s, a)]
      m.event.cached = 1
      useLeaf(m, s, a[1], ownLeaf(m, leaf, a[2] === 1, s.dmaGfn[a[1]]), domainOf(s, a[1]))
    },
  }),
  'dma.evict-device-tlb': environmentRow({
    actor: 'device',
    params: { slot },
    fairness: 'free',
    weight: 20,
    plan: 'none',
    page: undefined,
    rules: [vtdIotlbEvict],
    needs: deviceTlb,
    candidates: (_, s) => (someSet(s.devtlbKey) ? s.devtlbKey.length : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.devtlbKey[a[1]] !== 0,
    apply: (m, s, a) => {
      const slots = m.scope.iotlbEntries
      drop(s.devtlbKey, s.devtlbLeaf, Math.floor(a[1] / slots) * slots, slots, a[1])
    },
  }),
}
