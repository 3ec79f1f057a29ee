import { Owner } from '../../model/machine/state.js'
import type { Answer } from '../protocol/messages.js'
import type { CandidateState } from './candidate-state.js'

const ok = { outcome: 'ok' } as const

function hostFrames(owner: ArrayLike<number>): number {
  let frames = 0
  for (let frame = 0; frame < owner.length; frame += 1) frames += owner[frame] === Owner.Host ? 1 : 0
  return frames
}

/** What the accounting says now; a fault that waited to be told is told. */
export function observedAccounting(candidate: CandidateState): Answer {
  const { state: s } = candidate
  const answer: Answer = {
    ...ok,
    mappings: s.mappings[0] ?? 0,
    entries: s.entriesUsed[0] ?? 0,
    pinned: s.pinnedPages[0] ?? 0,
    locked: s.lockedPages[0] ?? 0,
    faults: candidate.faulted ? 1 : 0,
    memory: hostFrames(s.owner),
  }
  candidate.faulted = false
  return answer
}

/** Nothing is left when the container is closed, whatever was mapped. */
export function closedAnswer(isTable: boolean): Answer {
  return isTable ? { ...ok, tables: 0, stray: 0 } : { ...ok, pins: 0, locked: 0, tables: 0, stray: 0 }
}
