import { views } from '../model/actions/accessed.js'
import { failing } from '../model/actions/relation.js'
import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import { iommufdNoSplit, qemuMappingBudget, typeMapLimit, typeNoModify } from '../spec/index.js'
import { type Judges, ofConversions, property } from './property.js'
import { conversionAnswered } from './reach.js'

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

/** Whether no more entries are in use than the driver lets a container have; iommufd has no limit of them. */
export const withinEntries = ({ scope, program }: Machine, s: State): boolean =>
  program.accounting !== 'type1' || s.entriesUsed[0] <= scope.entryLimit

/** What the clauses of `accounts-balance` read, each of one of these lists. */
export const readOfAccounts: Judges = {
  states: [
    views('invalidating reg.callEnd'),
    views('closed entriesUsed lockedPages mappings pinnedPages'),
    views('closed deferred domain pde pte table'),
    views('deferred domain reg.callEnd table'),
    views('failuresLeft owner privateFrame'),
    views('attached contextPresent domain mapOf pde pinnedFrame pte reg.callEnd table'),
    views('privateFrame references'),
    views('orphans pinnedFrame pins privateFrame reg.callEnd secondPin sharedFrame'),
    views('entriesUsed lockedBy lockedPages mappings payer pinnedPages reg.callEnd'),
  ],
  steps: views('closed'),
}

export const entryLimit = property({
  name: 'entry-limit',
  statement: 'A conversion is never refused for want of mapping entries, nor are mappings lost for want of them.',
  clauses: [
    {
      rule: typeMapLimit,
      given: [typeNoModify, iommufdNoSplit, qemuMappingBudget],
      holdsAfter: (m) => m.event.cause < 0 || failing[m.event.cause].rule !== typeMapLimit,
      explain: (m) => `a map fails with ENOSPC: all ${m.scope.entryLimit} entries are in use`,
    },
  ],
  parts: [],
  notOn: ofConversions,
  ofEvents: true,
  judges: { states: [], steps: views() },
  witness: 'a conversion is answered',
  witnessBits: conversionAnswered,
  fullWitness: 1,
})
