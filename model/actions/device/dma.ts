import {
  devicePartialWrite,
  iovaWithoutSharedBit,
  iovaWithSharedBit,
  partialWritePoisons,
  untrustedDmaContained,
  untrustedDmaHostFatal,
  vtdBlockedNeverCompletes,
} from '../../../spec/index.js'
import { hostIsAlive, someDma } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Dma, Plug, type State } from '../../machine/state.js'
import type { DeviceId } from '../../machine/units.js'
import { GuestView } from '../../plan/interpreter.js'
import { isSlotThere } from '../host/slots.js'
import { access, device, half, page } from '../parameters.js'
import { chooseFirst, environmentRow } from '../row.js'
import { accessFrame, block, done } from '../vtd/dma-outcome.js'

const accesses = (m: Machine) => (m.tellsReads ? 2 : 1)

/** What arrives at a frame: data, a fault, poison, or the end of the host. */
function arrive(m: Machine, s: State, device: DeviceId): void {
  if (accessFrame(m, s, s.dmaFrame[device] - 1, s.dmaWrite[device] === 1)) done(m, s, device)
  else block(m, s, device, m.blockedReason)
}

/** The two ends of a DMA: the device issues it, its data arrives. */
export const dmaRows = {
  'dma.issue': environmentRow({
    says: 'A device issues a read or a write to a page, or by the half of its addresses that nothing maps.',
    actor: 'device',
    params: { device, gfn: page, access, half },
    fairness: 'chosen',
    weight: 160,
    plan: 'none',
    page: 'gfn',
    rules: [iovaWithoutSharedBit, iovaWithSharedBit],
    needs: undefined,
    candidates: (m, s) => (someDma(m, s, Dma.Idle) ? m.scope.devices * accesses(m) * (m.pages + 1) : 0),
    choose: (m, index, a) => {
      a[1] = index % m.scope.devices
      const rest = Math.floor(index / m.scope.devices)
      a[3] = m.tellsReads ? rest & 1 : 1
      const page = Math.floor(rest / accesses(m))
      a[4] = page === m.pages ? 1 : 0
      a[2] = a[4] === 1 ? 0 : page
    },
    possible: (m, s, a) =>
      a[1] >= m.trusted &&
      s.dma[a[1]] === Dma.Idle &&
      (s.plugged.length === 0 || s.plugged[a[1]] === Plug.There) &&
      hostIsAlive(s) &&
      (s.closed[0] === 0 || (m.scope.teardownDma && s.closed[0] === 1)) &&
      (a[4] === 0 || a[2] === 0) &&
      (a[3] === 1 || m.tellsReads),
    apply: (m, s, a) => {
      s.dma[a[1]] = Dma.Issued
      s.dmaGfn[a[1]] = a[2]
      s.dmaWrite[a[1]] = a[3]
      s.dmaOther[a[1]] = a[4]
      const isExpected = s.guestView[a[2]] === GuestView.Shared && a[4] === 0 && isSlotThere(m, s, a[2])
      s.dmaShared[a[1]] = isExpected ? 1 : 0
    },
  }),
  'dma.complete': environmentRow({
    says: 'The data of a translated DMA arrives at its frame, or comes from there.',
    actor: 'device',
    params: { device },
    fairness: { owedBy: 'device', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 120,
    plan: 'none',
    page: undefined,
    rules: [
      untrustedDmaHostFatal,
      untrustedDmaContained,
      partialWritePoisons,
      devicePartialWrite,
      vtdBlockedNeverCompletes,
    ],
    needs: undefined,
    candidates: (m, s) => (someDma(m, s, Dma.Translated) ? m.scope.devices : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.dma[a[1]] === Dma.Translated,
    apply: (m, s, a) => arrive(m, s, a[1]),
  }),
}
