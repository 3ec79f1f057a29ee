import { must } from '../../base/result.js'
import { machineFrom } from '../build-machine.js'
import { DmaEnd, FaultReason } from '../machine/effects.js'
import { type Part, withParts } from '../machine/parts.js'
import { type Platform, presets } from '../machine/platform.js'
import { makeScope, type ScopeInput } from '../machine/scope.js'
import { Dma } from '../machine/state.js'
import { idleHost } from '../plan/idle-host.js'
import { ManualMachine } from './manual-machine.js'

/** What a unit under test is behind. */
interface Setting {
  readonly scope?: ScopeInput
  readonly platform?: Partial<Platform>
  readonly parts?: readonly Part[]
}

export function unit({ scope = {}, platform = {}, parts = [] }: Setting = {}): ManualMachine {
  const on: Platform = { ...presets['linux-7.2'], ...platform }
  return new ManualMachine(machineFrom(must(makeScope(scope)), on, withParts(...parts), idleHost))
}

/** Pins a page and writes its entry, or its whole superpage's. */
export function map(vtd: ManualMachine, iovfn: number, size: '4k' | 'superpage' = '4k'): void {
  for (let page = iovfn; page < iovfn + (size === '4k' ? 1 : vtd.machine.perSuper); page += 1) {
    vtd.force(`mm.pin-page vcpu=0 iovfn=${page}`)
  }
  vtd.force(`iommu.write-entry vcpu=0 domain=0 iovfn=${iovfn} size=${size}`)
}

export const issue = (gfn: number, access = 'write', half = 'mapped') =>
  `dma.issue device=0 gfn=${gfn} access=${access} half=${half}`
export const walk = 'iommu.walk device=0 keep=none'
export const walkAndFill = 'iommu.walk device=0 keep=iotlb'
export const hit = 'iommu.hit-iotlb device=0 size=4k keep=none'
export const complete = 'dma.complete device=0'
export const clear = (iovfn: number) => `iommu.clear-entry vcpu=0 domain=0 iovfn=${iovfn} size=4k`
export const drop = (iovfn: number, count = 1, hint = 0) =>
  `iommu.submit-psi vcpu=0 unit=0 domain=0 iovfn=${iovfn} count=${count} ih=${hint}`

/** Takes the actions of one DMA. @returns how it stands: translated, done, or blocked and why */
export function outcome(vtd: ManualMachine, ...actions: string[]): string {
  for (const action of actions) vtd.take(action)
  const { event } = vtd.machine
  if (event.dma === DmaEnd.Blocked) return `blocked: ${Object.keys(FaultReason)[event.reason]}`
  return event.dma === DmaEnd.Done ? 'done' : (Object.keys(Dma)[vtd.state.dma[0]] ?? '?')
}
