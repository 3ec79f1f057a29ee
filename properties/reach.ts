import { isNoMemory } from '../model/actions/host/slots.js'
import { hostIsAlive, someVcpuBusy } from '../model/machine/any-active.js'
import { ConversionEnd, DmaEnd } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
import { Owner, type State } from '../model/machine/state.js'
import type { Gfn } from '../model/machine/units.js'
import { GuestView } from '../model/plan/interpreter.js'
import {
  dmaHasNoNotifier,
  longtermForDma,
  memslotIsMemory,
  mirrorTruncateRevokes,
  mirrorVmmUntrusted,
  pinHoldsFrame,
  privateKeyIdAborts,
  removalIgnoresIommu,
  typePinKeepsPage,
  typeUnpinAfterSync,
  unmapBeforePrivate,
  untrustedDmaSharedOnly,
  vtdTableFreedAfterFlush,
} from '../spec/index.js'
import { type FrameTest, findPath, pathNames } from './paths.js'
import type { Property } from './property.js'

const ownedByTd: FrameTest = (_, s, __, frame) => frame >= 0 && s.owner[frame] === Owner.Td

/** Freed, unpinned though the mapping relies on a pin, or not the one that backs the page, if any does. */
const stale: FrameTest = (m, s, gfn, frame) =>
  frame < 0 ||
  isNoMemory(m, s, gfn) ||
  s.owner[frame] === Owner.Free ||
  s.sharedFrame[gfn] !== frame + 1 ||
  (m.program.pins && s.pins[frame] === 0)

const dmaAtPrivate = (m: Machine, s: State) =>
  m.event.dma !== DmaEnd.None && m.event.gfn >= 0 && s.guestView[m.event.gfn] !== GuestView.Shared ? 1 : 0

/** The guest got an answer to a conversion, be it RETRY: what the properties about its result wait for. */
export const conversionAnswered = (m: Machine): number => (m.event.conversion === ConversionEnd.None ? 0 : 1)

export const noPrivateReach: Property = {
  name: 'no-private-reach',
  statement: 'No path of any device leads to a frame owned by the TD.',
  rules: [untrustedDmaSharedOnly, unmapBeforePrivate, removalIgnoresIommu, privateKeyIdAborts, mirrorVmmUntrusted],
  parts: [],
  holdsAt: (m, s, gfn) => findPath(m, s, gfn, ownedByTd) < 0,
  explain: (m, s, gfn) => `the device reaches the TD's frame of page ${gfn} through ${path(m, s, gfn, ownedByTd)}`,
  witness: 'a device tries a page that the guest makes, or has made, private',
  witnessBits: dmaAtPrivate,
  fullWitness: 1,
}

export const noStaleFrame: Property = {
  name: 'no-stale-frame',
  statement:
    'No device path leads to a freed table, or to a frame that was freed, unpinned, or does not back the page.',
  rules: [
    typeUnpinAfterSync,
    pinHoldsFrame,
    longtermForDma,
    typePinKeepsPage,
    vtdTableFreedAfterFlush,
    dmaHasNoNotifier,
    memslotIsMemory,
    mirrorTruncateRevokes,
  ],
  parts: [],
  holdsAt: (m, s, gfn) => findPath(m, s, gfn, stale) < 0,
  explain: (m, s, gfn) =>
    `page ${gfn} is reached through ${path(m, s, gfn, stale)} at a frame that does not back it, or is not pinned`,
  witness: 'a conversion is answered, and a DMA goes through',
  witnessBits: (m) => conversionAnswered(m) | (m.event.dma === DmaEnd.Done ? 2 : 0),
  fullWitness: 3,
}

export const noSharedFault: Property = {
  name: 'no-shared-fault',
  statement: 'A DMA to a page that is shared from issue to completion, as the guest was told, never faults.',
  rules: [untrustedDmaSharedOnly],
  parts: [],
  ofEvents: true,
  holdsAfter: (m) => !(m.event.dma === DmaEnd.Blocked && m.event.wasShared === 1),
  explain: (m) =>
    `device ${m.event.device} faults at page ${m.event.gfn}, which has been shared since the DMA was issued`,
  witness: 'a DMA to a shared page ends while a conversion is under way',
  witnessBits: (m, s) => (m.event.dma === DmaEnd.Done && m.event.wasShared === 1 && someVcpuBusy(m, s) ? 1 : 0),
  fullWitness: 1,
}

export const hostSurvives: Property = {
  name: 'host-survives',
  statement: 'No access, by a device or by a host CPU through an HVA, ends in a host machine check.',
  rules: [untrustedDmaSharedOnly],
  parts: [],
  holdsAfter: (_, s) => hostIsAlive(s),
  explain: (m) => `the host takes a machine check at page ${m.event.gfn}`,
  witness: 'a device tries a page that the guest makes, or has made, private',
  witnessBits: dmaAtPrivate,
  fullWitness: 1,
}

function path(m: Machine, s: State, gfn: Gfn, bad: FrameTest): string {
  return pathNames[findPath(m, s, gfn, bad)] ?? 'a path that is gone'
}
