import { views } from '../model/actions/accessed.js'
import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import type { Judges } from './property.js'

/** Whether locked pages are within the limit: of each process, or of all that its user runs. */
export function withinLimit({ scope, program }: Machine, s: State): boolean {
  if (s.lockedBy.length === 0 || program.memlock === 'user') return s.lockedPages[0] <= scope.memlockLimit
  return Math.max(s.lockedBy[0], s.lockedBy[1]) <= scope.memlockLimit
}

/** Whether each process has as many pages locked as are charged to it. */
export function chargesAgree(s: State): boolean {
  for (let process = 0; process < s.lockedBy.length; process += 1) {
    if (s.lockedBy[process] !== chargedTo(s, process)) return false
  }
  return true
}

/** How many pages are charged to a process, 0 or 1. */
export function chargedTo(s: State, process: number): number {
  let pages = 0
  for (let gfn = 0; gfn < s.payer.length; gfn += 1) if (s.payer[gfn] === process + 1) pages += 1
  return pages
}

/** How many pins of a frame the mappings of the two containers explain. */
export const pinsBy = (frame: number, pinned: number, second: number): number =>
  frame === 0 ? 0 : (frame === pinned ? 1 : 0) + (frame === second ? 1 : 0)

/** What the clauses of `accounts-balance` read, each of one of these lists. */
export const readOfAccounts: Judges = {
  states: [
    views('invalidating reg.callEnd'),
    views('closed entriesUsed lockedPages mappings pinnedPages'),
    views('closed deferred domain pde pte table'),
    views('failuresLeft owner privateFrame'),
    views('attached domain mapOf pde pinnedFrame pte reg.callEnd table'),
    views('orphans pinnedFrame pins privateFrame reg.callEnd secondPin sharedFrame'),
    views('entriesUsed lockedBy lockedPages mappings payer pinnedPages reg.callEnd'),
  ],
  steps: views('closed'),
}
