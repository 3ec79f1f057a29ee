import { DmaEnd } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
import { Dma, type State } from '../model/machine/state.js'
import { unitOf } from '../model/memory/dma-outcome.js'
import {
  ccaGptFaultNotInQueue,
  pkvmFaultRecorded,
  qemuFaultAfterRead,
  vtdBlockedNeverCompletes,
  vtdFaultDisable,
  vtdFaultOverflow,
  vtdFaultRecorded,
} from '../spec/index.js'
import { property } from './property.js'

const isBlocked = ({ event }: Machine): boolean => event.dma === DmaEnd.Blocked

/** Whether a fault that no rule suppresses was written to a record, or set the overflow. */
function isTraced(m: Machine, s: State): boolean {
  const { recorded, device } = m.event
  const unit = unitOf(m, device)
  return recorded !== 0 && (recorded < 0 || s.faults[unit] !== 0 || s.overflow[unit] !== 0)
}

export const blockedIsRecorded = property({
  name: 'blocked-is-recorded',
  statement: 'At the step that blocks a DMA a record is written or the overflow set; a blocked DMA never completes.',
  clauses: [
    {
      rule: vtdFaultRecorded,
      given: [vtdFaultOverflow, vtdFaultDisable, qemuFaultAfterRead, ccaGptFaultNotInQueue, pkvmFaultRecorded],
      holdsAfter: (m, s) => !isBlocked(m) || isTraced(m, s),
      explain: ({ event }) => `the fault of device ${event.device} at page ${event.gfn} left no trace`,
    },
    {
      rule: vtdBlockedNeverCompletes,
      holdsAfter: (m, s) => !isBlocked(m) || s.dma[m.event.device] === Dma.Idle,
      explain: ({ event }) => `the DMA of device ${event.device} at page ${event.gfn} is blocked, and continues`,
    },
  ],
  parts: ['faultCount'],
  ofEvents: true,
  ignoresAccounts: true,
  witness: 'a DMA is blocked',
  witnessBits: (m) => (m.event.dma === DmaEnd.Blocked ? 1 : 0),
  fullWitness: 1,
})
