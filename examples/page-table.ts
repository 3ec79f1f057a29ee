import { type Implementation, implement } from '../api/protocol.js'

const pages = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at)

/** A page table of small pages and no cache. The switchable bug: a hole ends an unmap, and is not told. */
export function pageTable(unmapsAllOrNothing = false): Implementation {
  const leaves = new Map<number, number>()
  const dma = (page: number, right: number) =>
    ({ result: (leaves.get(page) ?? 0) & right ? 'done' : 'blocked' }) as const
  return implement(
    { name: 'page-table.ts', interfaces: ['page-table'], observes: ['result', 'unmapped'], superpages: '1' },
    {
      reset: () => leaves.clear(),
      map: ({ iovfn, count, permissions }) => {
        if (pages(iovfn, count).some((page) => leaves.has(page))) return 'EADDRINUSE'
        for (const page of pages(iovfn, count)) leaves.set(page, permissions)
        return 'ok'
      },
      unmap: ({ iovfn, count }) => {
        const hole = pages(iovfn, count).findIndex((page) => !leaves.delete(page))
        return { unmapped: hole < 0 ? count : unmapsAllOrNothing ? 0 : hole }
      },
      'dma-write': ({ iovfn }) => dma(iovfn, 2),
      'dma-read': ({ iovfn }) => dma(iovfn, 1),
    },
  )
}
