import type { Problem } from '../../../base/result.js'
import { isBlocked, vcpuKeyGfn, vcpuKeyIsPrivate } from '../../../model/actions/tdx/tlb-tracking.js'
import { leafAt } from '../../../model/actions/vtd/page-table.js'
import { keyFirst } from '../../../model/actions/vtd/tlb.js'
import type { Machine } from '../../../model/machine/machine.js'
import { Owner, Sept, type State } from '../../../model/machine/state.js'
import { type Call, isModule } from '../../protocol/messages.js'
import type { TestTarget } from '../../protocol/setting.js'
import { callMap, writtenBy } from './calls.js'

/** The calls that bring an implementation from its reset to where the threads of a litmus test begin. */
export function setupCalls(m: Machine, s: State, testTarget: TestTarget): Call[] {
  return isModule(testTarget.interface) ? septCalls(m, s) : containerCalls(m, s, testTarget)
}

const pagesOf = (m: Machine): number[] => Array.from({ length: m.pages }, (_, page) => page)

function containerCalls(m: Machine, s: State, { interface: on, kvm }: TestTarget): Call[] {
  const hasMemory = on !== 'page-table'
  const holes = pagesOf(m).filter((page) => hasMemory && s.sharedFrame[page] === 0)
  const isPinned = (page: number) => (s.pinnedFrame[page] ?? 0) !== 0
  const punch = (page: number): Call => ({ call: 'punch-hole', page, count: 1 })
  return [
    ...pagesOf(m).flatMap((page): Call[] =>
      kvm && s.attr[page] === 1 ? [{ call: 'set-attributes', page, count: 1, to: 'private' }] : [],
    ),
    ...holes.filter((page) => !isPinned(page)).map(punch),
    ...pagesOf(m).flatMap((first) => {
      const length = s.mapLength[first] ?? 0
      return length === 0 ? [] : [callMap(first, length, permissionsAt(m, s, first), 'none')]
    }),
    ...holes.filter(isPinned).map(punch),
    ...cachedPages(m, s).map((page): Call => {
      return { call: 'dma-write', device: 0, iovfn: page, value: writtenBy.device(0, page) }
    }),
  ]
}

const permissionsAt = (m: Machine, s: State, page: number): number => leafAt(m, s, s.domain[0] ?? 0, page) & 3 || 3

/** Pages whose translation some unit or device has cached: a DMA has gone there. */
function cachedPages(m: Machine, s: State): number[] {
  const keys = [...s.iotlbKey, ...s.devtlbKey].filter((key) => key !== 0)
  return [...new Set(keys.map((key) => keyFirst(m, key)))]
}

function septCalls(m: Machine, s: State): Call[] {
  const calls: Call[] = pagesOf(m).flatMap((page): Call[] => {
    const entry = s.sept[page] ?? Sept.Free
    if (entry === Sept.Free) return []
    const aug: Call = { call: 'tdh.mem.page.aug', page, frame: page }
    if (entry === Sept.Pending || entry === Sept.PendingBlocked) return [aug]
    const accept: Call = { call: 'tdg.mem.page.accept', vcpu: 0, page }
    return [aug, accept, { call: 'private-write', vcpu: 0, page, value: writtenBy.guest(page) }]
  })
  calls.push({ call: 'vcpu-exit', vcpu: 0 })
  for (const [slot, key] of [...s.vcpuTlb].entries()) {
    if (key === 0 || !vcpuKeyIsPrivate(key)) continue
    calls.push({ call: 'private-read', vcpu: Math.floor(slot / m.scope.vcpuTlbEntries), page: vcpuKeyGfn(key) })
  }
  const blocked = pagesOf(m).filter((page) => isBlocked(s.sept[page] ?? 0))
  return [...calls, ...blocked.map((page): Call => ({ call: 'tdh.mem.range.block', page }))]
}

/** Why a state cannot be brought about by calls; undefined if it can. */
export function whyNotBrought(m: Machine, s: State): Problem | undefined {
  for (const age of s.blockedAge) if (age > 0) return { message: 'it begins with a page that is blocked and tracked' }
  for (let page = 0; page < m.pages; page += 1) {
    const frame = (s.pinnedFrame[page] ?? 0) - 1
    if (frame >= 0 && s.owner[frame] === Owner.Td) {
      return { message: 'it begins with a mapping of a frame that is the TD’s' }
    }
  }
  return undefined
}
