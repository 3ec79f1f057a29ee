import type { View } from '../../../base/arena.js'
import type { Accessed, VcpuView } from '../../../model/actions/accessed.js'
import { rows } from '../../../model/actions/relation.js'
import { type EnvironmentRow, isBesidePlans } from '../../../model/actions/row.js'
import type { Machine } from '../../../model/machine/machine.js'
import { Reg, type RegName, registerCount } from '../../../model/machine/registers.js'
import { lockNames, type State } from '../../../model/machine/state.js'
import type { StateViews } from '../../../model/machine/state-views.js'
import type { VcpuId } from '../../../model/machine/units.js'

/** Bytes of the state vector, as a mask: 255 for each that is meant. */
export type Mask = Uint8Array

export interface Touch {
  readonly reads: Mask
  readonly writes: Mask
}

/**
 * What of the state others may read and write while the plan of a vCPU waits for its next step: the environment, and
 * other vCPUs up to where they wait for a lock that this plan holds, as they have to (`WaitingVcpus`). No action begins
 * or resumes a plan of this vCPU then, and none is taken that waits for a lock which the plan holds. That others may
 * end the host is left out: a dead host takes no step, so that there is none which could tell.
 *
 * @param held locks that the plan holds, as bits in the order of `lockNames`
 */
export function touchedByOthers(m: Machine, s: State, vcpu: VcpuId, held: number): Touch {
  const touch = { reads: blank(s), writes: blank(s) }
  const all = Array.from({ length: m.scope.vcpus }, (_, index) => index)
  const others = all.filter((one) => one !== vcpu)
  for (const kind of m.environment) {
    const row = rows[kind] as EnvironmentRow
    const by = isBesidePlans(row) ? all : others
    if (!isPossible(m, row, held) || by.length === 0) continue
    for (const one of row.reads) mark(touch.reads, s, one, by)
    if (row.waitsFor !== undefined) touch.reads[s.lock.byteOffset + lockNames.indexOf(row.waitsFor)] = 255
    for (const one of row.writes) if (one !== 'hostDead') mark(touch.writes, s, one, by)
  }
  if (others.length > 0) mark(touch.reads, s, 'lock', all)
  return touch
}

/** Whether a lock, by its place in `lockNames`, is among those held; -1 is no lock. */
export const isHeld = (held: number, lock: number): boolean => lock >= 0 && ((held >>> lock) & 1) === 1

const isPossible = (m: Machine, row: EnvironmentRow, held: number): boolean =>
  (isBesidePlans(row) || row.parameters.includes('vcpu')) &&
  (row.waitsFor === undefined || !isHeld(held, lockNames.indexOf(row.waitsFor))) &&
  (row.undoes === undefined || writesIt(m, row.undoes))

const writesIt = (m: Machine, view: keyof StateViews): boolean =>
  m.program.code.some(({ kind }) => kind >= 0 && rows[kind].writes.includes(view))

/**
 * The bytes that views have in the vector of a state.
 *
 * @param by vCPU of which an action is: what it has of its own is there. Any, if left out
 */
export function bytesOf(s: State, accessed: readonly Accessed[], by?: VcpuId): Mask {
  const mask = blank(s)
  for (const one of accessed) mark(mask, s, one, by === undefined ? undefined : [by])
  return mask
}

export const meets = (one: Mask, other: Mask): boolean => one.some((byte, at) => (byte & other[at]) !== 0)

/** Adds one mask to another. */
export function add(to: Mask, more: Mask): void {
  for (let at = 0; at < to.length; at += 1) to[at] |= more[at]
}

export const blank = ({ bytes }: State): Mask => new Uint8Array(bytes.buffer.byteLength)

/** @param by vCPUs of which an action may be: what it has of its own is theirs. Of any, if undefined */
function mark(mask: Mask, s: State, accessed: Accessed, by: readonly VcpuId[] | undefined): void {
  const [first, second] = accessed.split('.') as [string, string | undefined]
  if (first === 'reg' && second !== undefined) markRegister(mask, s, second as RegName)
  else if (first === 'own') {
    const view = s[second as VcpuView]
    if (by === undefined) markAll(mask, view)
    else for (const vcpu of by) markShare(mask, view, vcpu, s.phase.length)
  } else if (first !== 'contextCache' || s.cachedTables.length > 0)
    markAll(mask, s[(second ?? first) as keyof StateViews])
}

const markAll = (mask: Mask, { byteOffset, byteLength }: View): void => {
  mask.fill(255, byteOffset, byteOffset + byteLength)
}

/** What a vCPU has of a view with as many elements for each. */
function markShare(mask: Mask, { byteOffset, byteLength }: View, vcpu: VcpuId, vcpus: number): void {
  const share = byteLength / vcpus
  mask.fill(255, byteOffset + vcpu * share, byteOffset + (vcpu + 1) * share)
}

function markRegister(mask: Mask, { reg }: State, name: RegName): void {
  for (let index = Reg[name]; index < reg.length; index += registerCount) {
    const at = reg.byteOffset + index * reg.BYTES_PER_ELEMENT
    mask.fill(255, at, at + reg.BYTES_PER_ELEMENT)
  }
}
