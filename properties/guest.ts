import { sharedSide, vcpuKeyGfn, vcpuKeyIsPrivate } from '../model/actions/tdx/tlb-tracking.js'
import { unitOf } from '../model/actions/vtd/dma-outcome.js'
import { DmaEnd } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
import { Dma, Owner, Sept, type State, Tag } from '../model/machine/state.js'
import { type Frame, firstFrameOf, type Gfn } from '../model/machine/units.js'
import {
  acceptZeroesPending,
  hostCpuAccessIsMachineCheck,
  integrityCryptographic,
  kvmRemovalOrder,
  linesCarryMacAndOwner,
  ownershipCheckedOnRead,
  poisonConsumedIsMachineCheck,
  qemuFaultAfterRead,
  trackBeforeRemove,
  vtdBlockedNeverCompletes,
  vtdFaultDisable,
  vtdFaultOverflow,
  vtdFaultRecorded,
  wbinvdBeforeReuse,
} from '../spec/index.js'
import type { Property } from './property.js'

const chosenByOthers = (tag: number) => tag === Tag.Device || tag === Tag.Host

export const privateIntegrity: Property = {
  name: 'private-integrity',
  statement:
    'The guest never reads, in a private page that it accepted, poison or data that a device or the host chose.',
  rules: [
    acceptZeroesPending,
    poisonConsumedIsMachineCheck,
    linesCarryMacAndOwner,
    ownershipCheckedOnRead,
    integrityCryptographic,
    hostCpuAccessIsMachineCheck,
  ],
  parts: ['secureEpt', 'content'],
  ofEvents: true,
  holdsAfter: (m) => m.event.readTag < 0 || (!chosenByOthers(m.event.readTag) && m.event.readPoison === 0),
  explain: (m) =>
    `the guest reads ${m.event.readPoison ? 'poison' : 'what it did not write'} in its private page ${m.event.gfn}`,
  witness: 'the guest reads a private page that it accepted',
  witnessBits: (m) => (m.event.readTag >= 0 ? 1 : 0),
  fullWitness: 1,
}

export const blockedIsRecorded: Property = {
  name: 'blocked-is-recorded',
  statement: 'At the step that blocks a DMA a record is written or the overflow set; a blocked DMA never completes.',
  rules: [vtdFaultRecorded, vtdFaultOverflow, vtdBlockedNeverCompletes, vtdFaultDisable, qemuFaultAfterRead],
  parts: ['faultCount'],
  ofEvents: true,
  holdsAfter: (m, s) => {
    const { dma, recorded, device } = m.event
    if (dma !== DmaEnd.Blocked) return true
    const unit = unitOf(m, device)
    if (recorded >= 0 && s.faults[unit] === 0 && s.overflow[unit] === 0) return false
    return recorded !== 0 && s.dma[device] === Dma.Idle
  },
  explain: (m) => `the fault of device ${m.event.device} at page ${m.event.gfn} left no trace`,
  witness: 'a DMA is blocked',
  witnessBits: (m) => (m.event.dma === DmaEnd.Blocked ? 1 : 0),
  fullWitness: 1,
}

/** Whether a frame is in the hands of its next user while caches still hold the TD's. */
const releasedDirty = (s: State, frame: Frame) =>
  s.unflushed[frame] === 1 && (s.owner[frame] === Owner.Free || s.owner[frame] === Owner.Host)

function framesClean(m: Machine, s: State, gfn: Gfn): boolean {
  if (m.scope.frames === 'pool') {
    for (let frame = 0; frame < s.owner.length; frame += 1) if (releasedDirty(s, frame)) return false
    return true
  }
  for (let frame = firstFrameOf(gfn); frame < s.owner.length; frame += m.pages)
    if (releasedDirty(s, frame)) return false
  return true
}

function translationsRight(m: Machine, s: State, gfn: Gfn): boolean {
  if (s.sharedEpt[gfn] === 1 && s.owner[sharedSide(m, s, gfn) - 1] !== Owner.Host) return false
  const priv = s.privateFrame[gfn] - 1
  const mapped = s.sept[gfn] !== Sept.Free
  if (mapped && (priv < 0 || s.owner[priv] !== Owner.Td)) return false
  for (let slot = 0; slot < s.vcpuTlb.length; slot += 1) {
    const key = s.vcpuTlb[slot]
    if (key === 0 || vcpuKeyGfn(key) !== gfn) continue
    const owner = s.owner[s.vcpuTlbFrame[slot] - 1]
    if (owner !== (vcpuKeyIsPrivate(key) ? Owner.Td : Owner.Host)) return false
  }
  return true
}

export const septProtocol: Property = {
  name: 'sept-protocol',
  statement: 'A page reaches its next user only flushed (WBINVD) and with no vCPU translation left.',
  rules: [wbinvdBeforeReuse, kvmRemovalOrder, trackBeforeRemove],
  parts: ['secureEpt', 'content'],
  holdsAt: (m, s, gfn) => s.sept.length === 0 || (framesClean(m, s, gfn) && translationsRight(m, s, gfn)),
  explain: (_, __, gfn) => `the frame of page ${gfn} is handed on unflushed, or a vCPU or an EPT still leads to it`,
  witness: 'a page is removed from the TD',
  witnessBits: (m) => m.event.removed,
  fullWitness: 1,
}
