import { reg } from '../../model/machine/registers.js'
import { Cover } from '../../model/machine/state.js'
import { coveredAlike, memslotOf } from '../../model/memory/guest-access.js'
import type { Loop, Plan, Range, Step } from '../../model/plan/plan.js'
import { pages } from './loops/make.js'
import { page } from './ranges.js'
import { act, cursor } from './steps/make.js'
import { acquireKvm, awaitFaultsOf, releaseKvm, requestFlush, splitSlot, waitFlush, zapShared } from './steps.js'

// A page is taken out of its memory slot: no call of KVM does that, so the VMM deletes the slot and makes those beside
// the page.

const at = reg('page')

/** What the slot of the page has; the page alone, if it is in a hole. */
const slotOfPage: Range = {
  name: 'slot of page',
  span: 'superpage',
  needs: 'page',
  first: (m, s, v) => coveredAlike(m, s, at(m, s, v)).first,
  end: (m, s, v) => coveredAlike(m, s, at(m, s, v)).end,
}
/** The superpage that the page is in: faults are waited for by superpage. */
const superpageOfPage: Range = {
  name: 'superpage of page',
  span: 'superpage',
  needs: 'page',
  first: (m, s, v) => memslotOf(m, at(m, s, v)) * m.perSuper,
  end: (m, s, v) => (memslotOf(m, at(m, s, v)) + 1) * m.perSuper,
}

/** A step that is there where memory slots go and come back. */
const whereSlotsChange = (step: Step): Step => ({
  ...step,
  on: (m) => m.scope.slotChanges && (step.on === undefined || step.on(m)),
})

/** What is beside the page waits for a slot of its own: two parts at most. */
const eachPartBeside: Loop = {
  ...pages('page without its slot', superpageOfPage, 'cursor', (_, s, gfn) => s.slotHole[gfn] === Cover.Between),
  on: (m) => m.scope.slotChanges,
}

/**
 * Takes the page of a loop out of its memory slot: KVM deletes the slot as any, and the VMM makes two. Where slots
 * neither go nor come back, it is one step. The mark, which may fail, comes ahead of the lock: what a design undoes
 * then takes the lock itself.
 */
export const splitSlotInSteps: Plan = [
  ...[
    act('kvm.mark-split', [at], { range: page }),
    acquireKvm('slots'),
    awaitFaultsOf(superpageOfPage),
    acquireKvm('mmu'),
    zapShared(slotOfPage),
    requestFlush,
    waitFlush,
    releaseKvm('mmu'),
  ].map(whereSlotsChange),
  splitSlot,
  whereSlotsChange(releaseKvm('slots')),
  { each: eachPartBeside, body: [whereSlotsChange(act('kvm.make-slot-beside', [cursor]))] },
]
