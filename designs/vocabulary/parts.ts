import type { Machine } from '../../model/machine/machine.js'
import type { State } from '../../model/machine/state.js'
import { isSuperpage, isTable, leafAt, pdeIndex } from '../../model/memory/page-table.js'

// How Linux 6.12 cuts the range of a map or an unmap into parts, which it does one by one. All are pure functions of
// the tables, and what an unmap has done so far does not change where its parts lie: a part that ends inside a region
// leaves that region's table, or superpage, or hole, where it is. Pages are numbers of 4 KiB. The platform is asked
// last, where its answer decides: what was never asked is proved for every platform at once.

/** Where the first part of [first, end) ends, as `iommu_pgsize()` of Linux 6.12 has it. */
export function partEnd(perSuper: number, first: number, end: number): number {
  const ahead = perSuper - (first % perSuper)
  if (ahead === perSuper && first + perSuper <= end) return end - ((end - first) % perSuper)
  return first + ahead + perSuper <= end ? first + ahead : end
}

const cutsMaps = ({ platform }: Machine): boolean => platform.mapOverLeaf === 'replace-large'
/** Whether the driver cuts an unmap at holes into parts, by the platform. */
export const cutsUnmaps = ({ platform }: Machine): boolean => platform.unmapAtHole === 'skip-enlarged'

/** Where the frames behind a range of pages stop being in a row. */
export function runEndOf(s: State, first: number, end: number): number {
  const frame = s.pinnedFrame[first]
  let runEnd = first + 1
  while (runEnd < end && frame !== 0 && s.pinnedFrame[runEnd] === frame + runEnd - first) runEnd += 1
  return runEnd
}

/** Where the first part ends that the core maps by one call: a caller maps one run of frames at a time. */
export function corePartEnd(m: Machine, s: State, first: number, end: number): number {
  const runEnd = runEndOf(s, first, end)
  return (s.pinnedFrame[first] - 1 - first) % m.perSuper === 0 ? partEnd(m.perSuper, first, runEnd) : runEnd
}

/** Where the first part of a map ends. */
export function mapPartEnd(m: Machine, s: State, first: number, end: number): number {
  const cut = corePartEnd(m, s, first, end)
  return cut === end || !cutsMaps(m) ? end : cut
}

/** Where the first part of an unmap ends: behind its range if it begins at a superpage, or where there is no table. */
export function unmapPartEnd(m: Machine, s: State, domain: number, first: number, end: number): number {
  const asked = partEnd(m.perSuper, first, end)
  const enlarged = Math.max(asked, first + m.perSuper)
  if (asked === end && enlarged === end) return end
  const pde = s.pde[pdeIndex(m, domain, first)]
  if (asked === end && isTable(pde)) return end
  if (!cutsUnmaps(m)) return end
  const isEnlarged = isSuperpage(pde) ? m.platform.partialUnmap === 'run-on' : !isTable(pde)
  return isEnlarged ? enlarged : asked
}

/**
 * How many pages an unmap goes over at once from a page on: those of a superpage, or of what it treats as a table
 * though it is a superpage's memory; 0 where it stops.
 *
 * @param end of the part
 */
export function unmapStride(m: Machine, s: State, domain: number, at: number, end: number): number {
  if (!isSuperpage(s.pde[pdeIndex(m, domain, at)])) {
    return leafAt(m, s, domain, at) === 0 && m.platform.unmapAtHole === 'stop' ? 0 : 1
  }
  const offset = at % m.perSuper
  if (offset === 0 && at + m.perSuper <= end) return m.perSuper
  if (m.platform.partialUnmap === 'run-on') return Math.min(m.perSuper - offset, end - at)
  return offset === 0 && ['enlarge', 'whole'].includes(m.platform.partialUnmap) ? m.perSuper : 0
}

/** Where an unmap's walk over one part ends: at its end, behind a superpage there, or where it stops. */
function walkEnd(m: Machine, s: State, domain: number, first: number, end: number): number {
  let at = first
  while (at < Math.min(end, m.pages)) {
    const stride = unmapStride(m, s, domain, at, end)
    if (stride === 0) return at
    at += stride
  }
  return Math.max(at, end)
}

/** The first page of the part behind one, or where the unmap ends. */
export function nextUnmapPart(m: Machine, s: State, domain: number, first: number, end: number): number {
  const last = unmapPartEnd(m, s, domain, first, end)
  return last !== end && walkEnd(m, s, domain, first, last) < last && cutsUnmaps(m) ? end : last
}

/** What `iommu_unmap()` returns, in pages, by the tables before it. On 6.12 holes count, and pages behind the range. */
export function unmapReturns(m: Machine, s: State, domain: number, first: number, end: number): number {
  let at = first
  while (at < end) {
    const last = unmapPartEnd(m, s, domain, at, end)
    const reached = walkEnd(m, s, domain, at, last)
    if (reached < last) return reached - first
    at = reached
  }
  return at - first
}

/** Whether a superpage has memory and pages of a device, which do not follow one another in the host's memory. */
export const isMixed = (m: Machine, first: number): boolean =>
  first < m.memoryPages && first + m.perSuper > m.memoryPages
