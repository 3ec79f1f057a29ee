import type { Machine } from '../machine/machine.js'
import { Dma, IdentityEntry, MptEntry, Owner, type State } from '../machine/state.js'
import type { Frame } from '../machine/units.js'

// What keeps a device of the host away from a frame.

/** Whether the frame is the guest's, or on RISC-V confidential memory that the host has not reclaimed. */
export const isConfidential = (m: Machine, s: State, frame: Frame): boolean =>
  s.owner[frame] === Owner.Td || (m.tsm && s.unflushed[frame] === 1)

/** Whether a device of the host is kept away from it. A checker goes by an old entry for as long as it keeps it. */
export function isKeptAway(m: Machine, s: State, frame: Frame): boolean {
  const kept = s.mptKept.length > 0 ? s.mptKept[frame] : MptEntry.Current
  return kept === MptEntry.Closed || (kept === MptEntry.Current && isConfidential(m, s, frame))
}

/** Whether no translation that ends in the identity map of pKVM leads to the frame. */
export const isCutOff = (m: Machine, s: State, frame: Frame): boolean =>
  m.nested && s.idmap[frame] === IdentityEntry.Absent

/** Whether a DMA that the SMMU translated is on its way to the frame. */
export function isUnderWay(m: Machine, s: State, frame: Frame): boolean {
  for (let device = 0; device < m.scope.devices; device += 1) {
    if (s.dma[device] !== Dma.Translated || s.dmaFrame[device] !== frame + 1) continue
    if (s.dmaByDevice.length === 0 || s.dmaByDevice[device] === 0) return true
  }
  return false
}
