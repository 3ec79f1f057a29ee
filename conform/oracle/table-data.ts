import { unmapPartEnd, unmapStride } from '../../designs/vocabulary/parts.js'
import { isSuperpage, leafFrame, pdeIndex, regionFirst } from '../../model/memory/page-table.js'
import type { CandidateState } from './candidate-state.js'

// Linux 6.12 takes a superpage's memory for a table (`vtd.superpage/map-inside-superpage-6-12`,
// `vtd.superpage/unmap-starts-inside-6-12`). The words that it writes, or clears, there are those of the entries that
// it means. What is seen of a page are its first two words, and they belong to the superpage's first page.

/** A value that is several: the bytes of a page differ. */
export const mixed = -1

/** The frame that is the first of a superpage, for its first page; -1 where there is none. */
function frameOf({ machine: m, state: s }: CandidateState, first: number): number {
  const pde = s.pde[pdeIndex(m, s.domain[0] ?? 0, first)] ?? 0
  return isSuperpage(pde) ? leafFrame(pde) : -1
}

/** @returns the frame into which a map that succeeds will write entries, where there are zeroes; -1 for none */
export function frameToWrite(candidate: CandidateState, iovfn: number, count: number): number {
  const { machine: m } = candidate
  if (m.platform.mapOverLeaf !== 'replace-large') return -1
  const first = regionFirst(m, iovfn + count)
  return first >= iovfn && first < iovfn + count ? frameOf(candidate, first) : -1
}

/** @returns the frames in which an unmap will clear what looks like entries */
export function framesToClear(candidate: CandidateState, iovfn: number, count: number): number[] {
  const { machine: m, state: s } = candidate
  if (m.platform.partialUnmap !== 'run-on') return []
  const domain = s.domain[0] ?? 0
  const found: number[] = []
  for (let part = iovfn; part < iovfn + count; ) {
    const end = unmapPartEnd(m, s, domain, part, iovfn + count)
    const last = regionFirst(m, Math.min(end, m.pages) - 1)
    const isPart = last >= part && unmapStride(m, s, domain, last, end) < m.perSuper
    if (isPart && frameOf(candidate, last) >= 0) found.push(frameOf(candidate, last))
    part = end
  }
  return found
}

/** A map writes entries into a frame that it takes for a table: a zero becomes `mixed`. @param frame -1 for none */
export function writeEntries({ values }: CandidateState, frame: number): void {
  if (frame >= 0 && values[frame] === 0) values[frame] = mixed
}

/** Clears the values of frames, taken for tables, that look like an entry which is present (bit 0 or 1 set). */
export function clearEntries({ values }: CandidateState, frames: readonly number[]): void {
  for (const frame of frames) if (((values[frame] ?? 0) & 3) !== 0) values[frame] = 0
}
