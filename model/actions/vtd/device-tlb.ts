import { vtdDeviceTlbHit, vtdDeviceTlbRights, vtdDeviceTlbSurvivesAttach, vtdIotlbEvict } from '../../../spec/index.js'
import type { Code } from '../../machine/action.js'
import { someDma, someSet } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Dma, type State } from '../../machine/state.js'
import { deviceTlb } from '../needs.js'
import { device, leafSize, slot } from '../parameters.js'
import { chooseFirst, environmentRow } from '../row.js'
import { attachedAndPublic, chooseDevice, permits, useOwnLeaf, waits } from './dma-outcome.js'
import { drop, findKey, ownLeaf, tlbKey } from './tlb.js'

/** The leaf that the device holds for its DMA; 0 for none. */
function heldLeaf(m: Machine, s: State, a: Code): number {
  if (s.devtlbKey.length === 0) return 0
  const gfn = s.dmaGfn[a[1]]
  const slots = m.scope.iotlbEntries
  const slot = findKey(s.devtlbKey, a[1] * slots, slots, tlbKey(m, 0, gfn, a[2] === 1))
  return slot < 0 ? 0 : ownLeaf(m, s.devtlbLeaf[slot], a[2] === 1, gfn)
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
    rules: [vtdDeviceTlbHit, vtdDeviceTlbRights, vtdDeviceTlbSurvivesAttach],
    needs: deviceTlb,
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices * 2 : 0),
    choose: chooseDevice,
    possible: (m, s, a) => waits(s, a) && attachedAndPublic(s, a[1]) && permits(s, a[1], heldLeaf(m, s, a)),
    apply: (m, s, a) => {
      m.event.cached = 1
      useOwnLeaf(m, s, a[1], heldLeaf(m, s, a), a[2] === 1)
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
