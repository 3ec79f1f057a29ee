import type { Accessed } from '../../../model/actions/accessed.js'
import { rows } from '../../../model/actions/relation.js'
import type { EnvironmentRow } from '../../../model/actions/row.js'
import type { Machine } from '../../../model/machine/machine.js'
import { Reg, type RegName, registerCount } from '../../../model/machine/registers.js'
import { lockNames, type State } from '../../../model/machine/state.js'
import type { StateViews } from '../../../model/machine/state-views.js'

/** Bytes of the state vector, as a mask: 255 for each that is meant. */
export type Mask = Uint8Array

export interface Touch {
  readonly reads: Mask
  readonly writes: Mask
}

/**
 * What of the state actions of others may read and write while the plan of a machine's one vCPU waits for its next
 * step. No action begins or resumes a plan then, and none is taken that waits for a lock which the plan holds. That
 * others may end the host is left out: a dead host takes no step, so that there is none which could tell.
 *
 * @param held locks that the plan holds, as bits in the order of `lockNames`
 */
export function touchedByOthers(m: Machine, s: State, held: number): Touch {
  const touch = { reads: blank(s), writes: blank(s) }
  for (const kind of m.environment) {
    const row = rows[kind] as EnvironmentRow
    if (!isPossible(m, row, held)) continue
    for (const one of row.reads) mark(touch.reads, s, one)
    if (row.waitsFor !== undefined) touch.reads[s.lock.byteOffset + lockNames.indexOf(row.waitsFor)] = 255
    for (const one of row.writes) if (one !== 'hostDead') mark(touch.writes, s, one)
  }
  return touch
}

const isPossible = (m: Machine, { plan, waitsFor, undoes }: EnvironmentRow, held: number): boolean =>
  (plan === 'during' || plan === 'none') &&
  (waitsFor === undefined || ((held >>> lockNames.indexOf(waitsFor)) & 1) === 0) &&
  (undoes === undefined || m.program.code.some(({ kind }) => kind >= 0 && rows[kind].writes.includes(undoes)))

/** The bytes that views have in the vector of a state. */
export function bytesOf(s: State, accessed: readonly Accessed[]): Mask {
  const mask = blank(s)
  for (const one of accessed) mark(mask, s, one)
  return mask
}

export const meets = (one: Mask, other: Mask): boolean => one.some((byte, at) => (byte & other[at]) !== 0)

/** Adds one mask to another. */
export function add(to: Mask, more: Mask): void {
  for (let at = 0; at < to.length; at += 1) to[at] |= more[at]
}

export const blank = ({ bytes }: State): Mask => new Uint8Array(bytes.buffer.byteLength)

/** A vCPU of one that has more is any: so what an action has of its own is a whole view. */
function mark(mask: Mask, s: State, accessed: Accessed): void {
  const [first, second] = accessed.split('.') as [string, string | undefined]
  if (first === 'reg' && second !== undefined) markRegister(mask, s, second as RegName)
  else if (first !== 'contextCache' || s.cachedTables.length > 0) {
    const { byteOffset, byteLength } = s[(second ?? first) as keyof StateViews]
    mask.fill(255, byteOffset, byteOffset + byteLength)
  }
}

function markRegister(mask: Mask, { reg }: State, name: RegName): void {
  for (let index = Reg[name]; index < reg.length; index += registerCount) {
    const at = reg.byteOffset + index * reg.BYTES_PER_ELEMENT
    mask.fill(255, at, at + reg.BYTES_PER_ELEMENT)
  }
}
