import {
  memslotDeleteInvalidates,
  memslotIgnoresDma,
  memslotInvalidRetries,
  memslotIsMemory,
  memslotMarkNeedsMemory,
  memslotSwapWaits,
  memslotWaitsForFaults,
  memslotZapThenFlush,
  pkvmSlotsStay,
  qemuSlotAfterDma,
} from '../../../spec/index.js'
import { Failure } from '../../machine/action.js'
import { hostIsAlive, someSet, someVcpuIdle } from '../../machine/any-active.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Cover, Phase, Slot, type State } from '../../machine/state.js'
import type { Gfn } from '../../machine/units.js'
import { memslotOf } from '../../memory/guest-access.js'
import { startPlan } from '../../plan/interpreter.js'
import { excuseNoops } from '../../plan/noop.js'
import { views } from '../accessed.js'
import { gfn, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { environmentRow, type Needs, planRow } from '../row.js'

const arg = places('vcpu', 'gfn')

const slotChanges: Needs = { on: ({ scope }) => scope.slotChanges, says: 'scope slotChanges=true' }

/** Whether KVM has deleted the page's slot, and has none for it since. */
export function isSlotDeleted(m: Machine, s: State, gfn: Gfn): boolean {
  if (s.slotState.length === 0) return false
  const state = s.slotState[memslotOf(m, gfn)]
  return state === Slot.Deleted || state === Slot.Absent || state === Slot.Coming
}

/** Whether KVM has no slot for a page because the VMM has split the slot, or splits it now. */
export const isSplitOff = (s: State, gfn: Gfn): boolean =>
  s.slotState.length > 0 && (s.slotHole[gfn] === Cover.Hole || s.slotHole[gfn] === Cover.Between)

/** Whether KVM has a slot for the page that the VMM takes for deleted. */
export const isSlotKept = (m: Machine, s: State, gfn: Gfn): boolean =>
  s.slotState.length > 0 && s.slotState[memslotOf(m, gfn)] === Slot.Kept

/** Whether the page is memory of the guest no more: from the end of its slot on until the VMM puts that back. */
export function isNoMemory(m: Machine, s: State, gfn: Gfn): boolean {
  if (s.slotState.length === 0) return false
  const state = s.slotState[memslotOf(m, gfn)]
  return state === Slot.Deleted || state === Slot.Absent || state === Slot.Kept
}

/** The slot that is being taken away or put back; -1 for none. */
export function movingSlot(s: State): number {
  for (let slot = 0; slot < s.slotState.length; slot += 1) {
    const state = s.slotState[slot]
    if (state !== Slot.There && state !== Slot.Absent && state !== Slot.Kept) return slot
  }
  return -1
}

/** Whether a thread of the VMM is free to begin with a slot that is in this state (`Slot`). */
const canMove = (m: Machine, s: State, a: CodeOf<['vcpu', 'gfn']>, from: number): boolean =>
  s.slotState.length > 0 &&
  s.slotState[memslotOf(m, a[arg.gfn])] === from &&
  s.phase[a[arg.vcpu]] === Phase.Idle &&
  s.closed[0] === 0 &&
  hostIsAlive(s) &&
  movingSlot(s) < 0

const candidates = (m: Machine, s: State) => (someVcpuIdle(m, s) ? m.scope.vcpus * s.slotState.length : 0)

function chooseSlot(m: Machine, index: number, a: CodeOf<['vcpu', 'gfn']>): void {
  a[arg.vcpu] = index % m.scope.vcpus
  a[arg.gfn] = Math.floor(index / m.scope.vcpus) * m.perSuper
}

function change(m: Machine, s: State, gfn: Gfn, to: number): void {
  s.slotState[memslotOf(m, gfn)] = to
  m.touched.range(gfn, gfn + m.perSuper)
}

/** DMA to memory that goes is under way at its own risk. */
function expectNoDma(m: Machine, s: State, first: Gfn): void {
  for (let device = 0; device < m.scope.devices; device += 1) {
    if (s.dmaGfn[device] >= first && s.dmaGfn[device] < first + m.perSuper) s.dmaShared[device] = 0
  }
}

/** A fault that found the page when its slot had no mark yet. */
function someFaultIn(m: Machine, s: State, first: Gfn): boolean {
  for (let vcpu = 0; vcpu < s.faultGfn.length; vcpu += 1) {
    const gfn = s.faultGfn[vcpu] - 1
    if (gfn >= first && gfn < first + m.perSuper) return true
  }
  return false
}

const isIn =
  (...states: readonly number[]) =>
  (m: Machine, s: State, a: CodeOf<['vcpu', 'gfn']>): boolean =>
    s.slotState.length > 0 && states.includes(s.slotState[memslotOf(m, a[arg.gfn])])

/** A change of a slot that the VMM begins at any moment, if the slot is in a state. */
const slotChange = (from: number, says: string, apply: (m: Machine, s: State, a: CodeOf<['vcpu', 'gfn']>) => void) =>
  environmentRow({
    says,
    actor: 'thread',
    params: [vcpu, gfn],
    fairness: 'chosen',
    weight: 20,
    plan: 'begins',
    outcome: 'errno',
    page: undefined,
    rules: [qemuSlotAfterDma],
    reads: views('closed dmaGfn hostDead own.pc phase slotState noopFound'),
    writes: views('ownPlan dmaShared slotState noopFound'),
    needs: slotChanges,
    candidates,
    choose: chooseSlot,
    possible: (m, s, a) => a[arg.gfn] % m.perSuper === 0 && canMove(m, s, a, from),
    apply,
  })

/** Memory slots go and come back. The page of a row is the first one of the slot. */
export const slotRows = {
  'vmm.remove-slot': slotChange(
    Slot.There,
    'The VMM begins to take a memory slot away: the memory is unplugged, or moves to another address.',
    (m, s, a) => {
      change(m, s, a[arg.gfn], Slot.Going)
      expectNoDma(m, s, a[arg.gfn])
      excuseNoops(s)
      startPlan(m, s, a[arg.vcpu], 'slotRemoved')
    },
  ),
  'vmm.add-slot': slotChange(Slot.Absent, 'The VMM begins to put a memory slot back.', (m, s, a) => {
    change(m, s, a[arg.gfn], Slot.Coming)
    excuseNoops(s)
    startPlan(m, s, a[arg.vcpu], 'slotAdded')
  }),
  'kvm.invalidate-slot': planRow({
    says: 'KVM marks a memory slot invalid: faults there repeat from now on.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: isIn(Slot.Going, Slot.Created),
    placeMatters: false,
    rules: [memslotInvalidRetries, memslotSwapWaits],
    reads: views('invalidating own.armed'),
    writes: views('slotState own.armed'),
    needs: slotChanges,
    ready: (_, s) => !someSet(s.invalidating),
    mayFail: { what: Failure.Allocation, rule: memslotMarkNeedsMemory, errno: Errno.ENOMEM },
    apply: (m, s, a) => change(m, s, a[arg.gfn], Slot.Invalid),
  }),
  'kvm.await-faults': planRow({
    says: 'KVM waits for the faults that found the slot before it was marked invalid.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [memslotWaitsForFaults],
    reads: views('faultGfn'),
    writes: views(),
    needs: slotChanges,
    ready: (m, s, a) => !someFaultIn(m, s, a[arg.gfn]),
    apply: () => undefined,
  }),
  'kvm.delete-slot': planRow({
    says: "KVM, which has dropped the slot's translations, frees the slot.",
    params: [vcpu, gfn],
    lock: undefined,
    requires: isIn(Slot.Going, Slot.Created, Slot.Invalid),
    placeMatters: false,
    rules: [memslotDeleteInvalidates, memslotZapThenFlush, memslotIgnoresDma, memslotIsMemory],
    reads: views(),
    writes: views('slotState'),
    needs: slotChanges,
    fails: [{ rule: pkvmSlotsStay, errno: Errno.EPERM, when: (m) => m.pkvm }],
    apply: (m, s, a) => change(m, s, a[arg.gfn], Slot.Deleted),
  }),
  'kvm.create-slot': planRow({
    says: 'KVM has a memory slot for the memory again.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: isIn(Slot.Coming),
    placeMatters: false,
    rules: [memslotIgnoresDma],
    reads: views(),
    writes: views('slotState'),
    needs: slotChanges,
    apply: (m, s, a) => change(m, s, a[arg.gfn], Slot.Created),
  }),
  'vmm.slot-gone': planRow({
    says: 'The memory of the slot is no longer memory of the guest.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: isIn(Slot.Deleted, Slot.Coming),
    placeMatters: false,
    rules: [memslotIsMemory],
    reads: views('slotState'),
    writes: views('slotState'),
    needs: slotChanges,
    apply: (m, s, a) => {
      const isGone = isIn(Slot.Deleted, Slot.Coming)(m, s, a)
      change(m, s, a[arg.gfn], isGone ? Slot.Absent : Slot.Kept)
    },
  }),
  'vmm.slot-ready': planRow({
    says: 'The guest may use the memory of the slot, again or after all.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: isIn(Slot.Going, Slot.Created),
    placeMatters: false,
    rules: [qemuSlotAfterDma],
    reads: views(),
    writes: views('slotState'),
    needs: slotChanges,
    apply: (m, s, a) => change(m, s, a[arg.gfn], Slot.There),
  }),
}
