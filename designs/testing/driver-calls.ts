import { must } from '../../base/result.js'
import { machineFrom } from '../../model/build-machine.js'
import { noParts } from '../../model/machine/parts.js'
import { type Platform, presets } from '../../model/machine/platform.js'
import { makeScope, type ScopeInput } from '../../model/machine/scope.js'
import { idleHost } from '../../model/plan/idle-host.js'
import { ManualMachine } from '../../model/testing/manual-machine.js'
import type { Driver } from '../design.js'

/** Host threads that call a driver on a guest of two superpages of four pages. */
export function container(driver: Driver, input: ScopeInput = {}, changes: Partial<Platform> = {}): ManualMachine {
  const scope = must(makeScope({ pages: 8, pagesPerSuperpage: 4, calls: true, ...input }))
  const { calls, ...rest } = idleHost
  const { map, unmap, ...driven } = driver
  const host = { ...rest, ...driven, calls: { ...calls, map, unmap } }
  return new ManualMachine(machineFrom(scope, { ...presets['linux-7.2'], ...changes }, noParts, host))
}

export const mapCall = (iovfn: number, count: number, flaw = 'none', permissions = 3) =>
  `host.map vcpu=0 iovfn=${iovfn} count=${count} permissions=${permissions} flaw=${flaw}`
export const unmapCall = (iovfn: number, count: number, flaw = 'none') =>
  `host.unmap vcpu=0 iovfn=${iovfn} count=${count} flaw=${flaw}`

/** The mappings, as first page and pages. */
export const mappings = ({ state }: ManualMachine) =>
  [...state.mapLength].flatMap((length, first) =>
    length === 0 ? [] : [[first, length]],
  ) /** What is accounted: mappings, entries, pinned and locked pages. */
export const accounts = ({ state: s }: ManualMachine) => [
  s.mappings[0],
  s.entriesUsed[0],
  s.pinnedPages[0],
  s.lockedPages[0],
]
