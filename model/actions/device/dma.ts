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
import { accessFrame, block, done } from '../../memory/dma-outcome.js'
import { isSlotThere } from '../../memory/guest-access.js'
import { GuestView } from '../../plan/interpreter.js'
import { views } from '../accessed.js'
import { access, device, gfn, half } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow } from '../row.js'

const arg = places('device', 'gfn', 'access', 'half')

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
    params: [device, gfn, access, half],
    fairness: 'chosen',
    weight: 160,
    plan: 'none',
    outcome: 'dma',
    page: 'gfn',
    rules: [iovaWithoutSharedBit, iovaWithSharedBit],
    reads: views('closed dma guestView hostDead plugged slotState'),
    writes: views('transfer'),
    needs: undefined,
    candidates: (m, s) => (someDma(m, s, Dma.Idle) ? m.scope.devices * accesses(m) * (m.pages + 1) : 0),
    choose: (m, index, a) => {
      a[arg.device] = index % m.scope.devices
      const rest = Math.floor(index / m.scope.devices)
      a[arg.access] = m.tellsReads ? rest & 1 : 1
      const page = Math.floor(rest / accesses(m))
      a[arg.half] = page === m.pages ? 1 : 0
      a[arg.gfn] = a[arg.half] === 1 ? 0 : page
    },
    possible: (m, s, a) =>
      a[arg.device] >= m.trusted &&
      s.dma[a[arg.device]] === Dma.Idle &&
      (s.plugged.length === 0 || s.plugged[a[arg.device]] === Plug.There) &&
      hostIsAlive(s) &&
      (s.closed[0] === 0 || (m.scope.teardownDma && s.closed[0] === 1)) &&
      (a[arg.half] === 0 || a[arg.gfn] === 0) &&
      (a[arg.access] === 1 || m.tellsReads),
    apply: (m, s, a) => {
      s.dma[a[arg.device]] = Dma.Issued
      s.dmaGfn[a[arg.device]] = a[arg.gfn]
      s.dmaWrite[a[arg.device]] = a[arg.access]
      s.dmaOther[a[arg.device]] = a[arg.half]
      const isExpected =
        s.guestView[a[arg.gfn]] === GuestView.Shared && a[arg.half] === 0 && isSlotThere(m, s, a[arg.gfn])
      s.dmaShared[a[arg.device]] = isExpected ? 1 : 0
    },
  }),
  'dma.complete': environmentRow({
    says: 'The data of a translated DMA arrives at its frame, or comes from there.',
    actor: 'device',
    params: [device],
    fairness: { owedBy: 'device', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 120,
    plan: 'none',
    outcome: 'arrival',
    page: undefined,
    rules: [
      untrustedDmaHostFatal,
      untrustedDmaContained,
      partialWritePoisons,
      devicePartialWrite,
      vtdBlockedNeverCompletes,
    ],
    reads: views('transfer readAtBlock'),
    writes: views('transfer writtenAtBlock'),
    needs: undefined,
    candidates: (m, s) => (someDma(m, s, Dma.Translated) ? m.scope.devices : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.dma[a[arg.device]] === Dma.Translated,
    apply: (m, s, a) => arrive(m, s, a[arg.device]),
  }),
}
