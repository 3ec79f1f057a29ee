import type { Call } from '../protocol/messages.js'

/** Pages in a row. */
export interface Pages {
  readonly first: number
  readonly count: number
}

/** A mapping of pages at their own numbers. */
export const map = (iovfn: number, count: number, permissions = 3): Call => ({
  call: 'map',
  iovfn,
  page: iovfn,
  count,
  permissions,
  flaw: 'none',
})
export const unmap = (iovfn: number, count: number): Call => ({ call: 'unmap', iovfn, count, flaw: 'none' })
export const observe: Call = { call: 'observe' }

/** The page numbers of a range. */
export const pagesOf = ({ first, count }: Pages): number[] => Array.from({ length: count }, (_, at) => first + at)

/** The same with a neighbour on either side. */
export const withNeighbours = ({ first, count }: Pages): number[] => pagesOf({ first: first - 1, count: count + 2 })

/** Calls by which the host writes the page number plus `more` (at most 9) to each page, so that all values differ. */
export const hostFills = (pages: readonly number[], more = 1): Call[] =>
  pages.map((page) => ({ call: 'host-write', page, value: page + more }))

/** Calls by which the host reads each page. */
export const hostReads = (pages: readonly number[]): Call[] => pages.map((page) => ({ call: 'host-read', page }))

/** A device uses the translation of each page, so that the IOTLB has it. */
export const warm = (pages: readonly number[]): Call[] =>
  pages.map((iovfn) => ({ call: 'dma-write', device: 0, iovfn, value: 40 + iovfn }))

/** Where a device's write to each page goes: every page's own frame is looked at when all are written. */
export const look = (pages: readonly number[], value = 100): Call[] => [
  ...pages.map((iovfn): Call => ({ call: 'dma-write', device: 0, iovfn, value: value + iovfn })),
  ...hostReads(pages),
]

/** What a device finds on each page. */
export const deviceReads = (pages: readonly number[]): Call[] =>
  pages.map((iovfn) => ({ call: 'dma-read', device: 0, iovfn }))
