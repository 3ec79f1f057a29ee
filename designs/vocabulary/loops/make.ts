import type { Machine } from '../../../model/machine/machine.js'
import { Reg, reg, regOf } from '../../../model/machine/registers.js'
import type { State } from '../../../model/machine/state.js'
import type { Gfn, VcpuId } from '../../../model/machine/units.js'
import { pdeIndex } from '../../../model/memory/page-table.js'
import type { Loop, Range } from '../../../model/plan/plan.js'

// How loops walk a range: page by page, leaf by leaf, region by region, run by run; and how they count.

export type PageTest = (m: Machine, s: State, at: number, vcpu: number) => boolean
/** A view by page: a test holds for no page at which it is 0. */
export type ZeroFails = (s: State) => Readonly<Uint8Array | Uint16Array | Uint32Array>

/** Writes a register of a vCPU. */
export function set(s: State, vcpu: number, register: number, value: number): void {
  s.reg[regOf(vcpu, register)] = value
}

/**
 * A loop over the pages of a range for which a test holds, with a register as its cursor.
 *
 * @param zeroFails passes quickly over most pages of a large guest, if given
 *
 * @example
 * const eachFree = (range: Range) => loops.pages('free page', range, 'page', (_, s, gfn) => s.mapOf[gfn] === 0)
 */
export function pages(
  name: string,
  range: Range,
  cursor: 'page' | 'cursor',
  test: PageTest,
  zeroFails?: ZeroFails,
): Loop {
  const at = reg(cursor)
  return {
    name: `each ${name} of ${range?.name}`,
    span: range?.span,
    finds: 'element',
    range,
    ...(cursor === 'page' ? { sets: 'page' } : {}),
    start: (m, s, v) => set(s, v, Reg[cursor], range.first(m, s, v)),
    seek: (m, s, v) => {
      const end = range.end(m, s, v)
      const view = zeroFails?.(s)
      let now = at(m, s, v)
      while (now < end && !test(m, s, now, v)) now = view === undefined ? now + 1 : nextNotZero(view, now + 1, end)
      set(s, v, Reg[cursor], now)
      return now < end
    },
    next: (m, s, v) => set(s, v, Reg[cursor], at(m, s, v) + 1),
  }
}

function nextNotZero(view: ReturnType<ZeroFails>, from: number, end: number): number {
  let at = from
  while (at < end && view[at] === 0) at += 1
  return at
}

/**
 * A loop over leaves: `seek` moves the cursor to the next one, and says in the register `stride` how many pages it has.
 *
 * @param first where it begins; the range's first page, if left out
 *
 * @example
 * const each = (range: Range) => loops.strided('leaf', range, (m, s, v) => findNext(m, s, v, range))
 */
export function strided(name: string, range: Range, seek: Loop['seek'], first: Range['first'] = range?.first): Loop {
  const [at, stride] = [reg('cursor'), reg('stride')]
  return {
    name: `each ${name} of ${range?.name}`,
    span: range?.span,
    finds: 'element',
    range,
    start: (m, s, v) => set(s, v, Reg.cursor, first(m, s, v)),
    seek,
    next: (m, s, v) => set(s, v, Reg.cursor, at(m, s, v) + stride(m, s, v)),
  }
}

/** Regions that a test holds for, by their first page, among those that a range meets. */
export function regions(name: string, range: Range, whole: boolean, test: PageTest): Loop {
  const at = reg('cursor')
  return {
    name: `each ${name} of ${range?.name}`,
    span: range?.span,
    finds: 'superpage',
    range,
    start: (m, s, v) => {
      const first = range.first(m, s, v) / m.perSuper
      set(s, v, Reg.cursor, (whole ? Math.ceil(first) : Math.floor(first)) * m.perSuper)
    },
    seek: (m, s, v) => {
      const end = range.end(m, s, v)
      let now = at(m, s, v)
      const inside = () => now + (whole ? m.perSuper : 1) <= end
      while (inside() && !test(m, s, pdeIndex(m, s.domain[0], now), v)) now += m.perSuper
      set(s, v, Reg.cursor, now)
      return inside()
    },
    next: (m, s, v) => set(s, v, Reg.cursor, at(m, s, v) + m.perSuper),
  }
}

/** A loop that counts from 0 in the register `turn`. @param end numbers are below @param isThere skips others */
export function counted(name: string, end: (m: Machine) => number, isThere: (s: State, at: number) => boolean): Loop {
  const at = reg('turn')
  return {
    name: `each ${name}`,
    span: 'page',
    finds: 'element',
    start: (_, s, v) => set(s, v, Reg.turn, 0),
    seek: (m, s, v) => {
      let now = at(m, s, v)
      while (now < end(m) && !isThere(s, now)) now += 1
      set(s, v, Reg.turn, now)
      return now < end(m)
    },
    next: (m, s, v) => set(s, v, Reg.turn, at(m, s, v) + 1),
  }
}

/** Finds the next part of a range, from a page on, and notes it as the run. @returns whether there is one */
type SeekPart = (m: Machine, s: State, v: VcpuId, from: Gfn, end: Gfn) => boolean

/** Parts of a range, one after the other. */
export const parts = (name: string, range: Range, seek: SeekPart): Loop => ({
  name: `each ${name} of ${range?.name}`,
  span: range?.span,
  finds: 'run',
  range,
  sets: 'run',
  start: (m, s, v) => set(s, v, Reg.runEnd, range.first(m, s, v)),
  seek: (m, s, v) => seek(m, s, v, reg('runEnd')(m, s, v), range.end(m, s, v)),
  next: () => undefined,
})

/** Sets the registers of the run of a vCPU to the pages [first, end). */
export function setRun(s: State, v: VcpuId, first: Gfn, end: Gfn): void {
  set(s, v, Reg.runFirst, first)
  set(s, v, Reg.runEnd, end)
}

/** Runs of pages of a range for which a test holds, the longest at a time. */
export const runs = (name: string, range: Range, test: PageTest, within?: 'superpage'): Loop =>
  parts(`${name} run`, range, (m, s, v, from, end) => {
    let first = from
    while (first < end && !test(m, s, first, v)) first += 1
    const bound = within === undefined ? end : Math.min(end, (Math.floor(first / m.perSuper) + 1) * m.perSuper)
    let last = first
    while (last < bound && test(m, s, last, v)) last += 1
    setRun(s, v, first, last)
    return first < end
  })
