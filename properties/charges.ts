import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'

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
