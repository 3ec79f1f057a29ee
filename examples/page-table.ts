import { type Calls, type Implementation, implement } from 'dmaproof/protocol'

const pages = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at)

/** `short-unmap`: a hole ends an unmap, and is not told. The others are about where a device is attached. */
export type PageTableBug = 'short-unmap' | 'attach-moves' | 'replace-keeps' | 'detach-stays' | 'wrong-domain'

type Leaves = Map<number, number>

/** Which domain each device is attached to; nothing if it is detached. */
type Attached = (number | undefined)[]

/** A page table of small pages and no cache for each of two domains, one of which a device walks. */
export function pageTable(bug?: PageTableBug): Implementation {
  const domains: Leaves[] = []
  const attached: Attached = []
  const dma = (device: number, page: number, right: number) => {
    const leaves = domains[attached[device] ?? -1]
    return { result: (leaves?.get(page) ?? 0) & right ? 'done' : 'blocked' } as const
  }
  const has = { name: 'page-table.ts', interfaces: ['page-table' as const], devices: 2, domains: 2, superpages: '1' }
  return implement(
    { ...has, observes: ['result', 'unmapped'] },
    {
      reset: ({ devices, domains: count = 1 }) => {
        domains.splice(0, domains.length, ...pages(0, count).map(() => new Map()))
        attached.splice(0, attached.length, ...pages(0, devices).map(() => 0))
      },
      ...tableCalls((domain = 0) => domains[bug === 'wrong-domain' ? 0 : domain] ?? new Map(), bug),
      ...attachCalls(attached, bug),
      'dma-write': ({ device, iovfn }) => dma(device, iovfn, 2),
      'dma-read': ({ device, iovfn }) => dma(device, iovfn, 1),
    },
  )
}

const tableCalls = (tableOf: (domain?: number) => Leaves, bug?: PageTableBug): Calls => ({
  map: ({ iovfn, count, permissions, domain }) => {
    const leaves = tableOf(domain)
    if (pages(iovfn, count).some((page) => leaves.has(page))) return 'EADDRINUSE'
    for (const page of pages(iovfn, count)) leaves.set(page, permissions)
    return 'ok'
  },
  unmap: ({ iovfn, count, domain }) => {
    const hole = pages(iovfn, count).findIndex((page) => !tableOf(domain).delete(page))
    return { unmapped: hole < 0 ? count : bug === 'short-unmap' ? 0 : hole }
  },
})

const attachCalls = (attached: Attached, bug?: PageTableBug): Calls => ({
  attach: ({ device, domain }) => {
    if (attached[device] !== undefined && bug !== 'attach-moves') return 'EBUSY'
    attached[device] = domain
    return 'ok'
  },
  replace: ({ device, domain }) => {
    if (bug !== 'replace-keeps') attached[device] = domain
    return 'ok'
  },
  detach: ({ device }) => {
    if (bug !== 'detach-stays') attached[device] = undefined
    return 'ok'
  },
})
