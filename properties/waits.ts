import { places } from '../model/actions/places.js'
import { failing, type Kind, kinds } from '../model/actions/relation.js'
import { nextStep } from '../model/actions/step.js'
import { codeLength } from '../model/machine/action.js'
import { errnoNames } from '../model/machine/errno.js'
import type { Machine } from '../model/machine/machine.js'
import { Reg, regOf } from '../model/machine/registers.js'
import { lockNames, Phase, type State } from '../model/machine/state.js'
import type { ErrnoCode, VcpuId } from '../model/machine/units.js'

/** Every step of a plan has its vCPU where the step that takes a lock has it. */
const lockArg = places('vcpu', 'lock')

/** A step or a call that failed: its vCPU, its pages, its errno, and the rule behind that (index in `failing`). */
export interface RefusedCall {
  readonly vcpu: VcpuId
  readonly step: string
  readonly first: number
  readonly end: number
  readonly errno: ErrnoCode
  readonly cause: number
}

const pagesText = (first: number, end: number): string => (end - first === 1 ? `${first}` : `${first}..${end - 1}`)

/** `vfio.map-dma on 0..1 by vCPU 0 fails with EEXIST [vfio.map/overlap]` */
export function refusalText({ vcpu, step, first, end, errno, cause }: RefusedCall): string {
  const rule = failing[cause]?.rule.id
  const cited = cause <= 0 || rule === undefined ? '' : ` [${rule}]`
  const range = end > first ? ` on ${pagesText(first, end)}` : ''
  return `${step}${range} by vCPU ${vcpu} fails with ${errnoNames[errno]}${cited}`
}

/**
 * The step that has just failed in a vCPU's plan, as the last step's event and the plan's registers tell it; undefined
 * if the last step did not fail.
 */
export function refusedByLast(m: Machine, s: State, a: Int32Array): RefusedCall | undefined {
  const { errno, cause } = m.event
  if (errno === 0) return undefined
  const vcpu = a[lockArg.vcpu]
  const inCall = m.event.callFailed !== 0
  const first = inCall ? m.event.callFirst : s.reg[regOf(vcpu, Reg.callFirst)]
  const end = inCall ? m.event.callEnd : s.reg[regOf(vcpu, Reg.callEnd)]
  return { vcpu, step: kinds.names[a[0]], first, end, errno, cause }
}

/** What each vCPU with an open request waits for: a lock and its holder, the queue, the guest, or nothing. */
export function waitsOf(m: Machine, s: State): string[] {
  const waits: string[] = []
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
    if (s.phase[vcpu] !== Phase.Idle) waits.push(`vCPU ${vcpu} ${waitOf(m, s, vcpu)}`)
  }
  return waits
}

function waitOf(m: Machine, s: State, vcpu: VcpuId): string {
  if (s.phase[vcpu] === Phase.Retry) return 'is told RETRY each time that it asks'
  if (s.phase[vcpu] === Phase.Boundary) return 'has a part of its request left'
  const code = new Int32Array(codeLength)
  const isReady = nextStep(m, s, vcpu, code)
  const kind: Kind = kinds.names[code[0]]
  if (isReady) return `repeats ${kind}`
  // By name, since a sentence beyond the name is of these two alone: one tells the lock, and who holds it.
  if (kind === 'lock.acquire')
    return `waits for the lock ${lockNames[code[lockArg.lock]]}, which ${holderOf(s, code[lockArg.lock], vcpu)} holds`
  if (kind === 'iommu.wait') return 'waits for its invalidations'
  return `waits at ${kind}`
}

function holderOf(s: State, lock: number, vcpu: VcpuId): string {
  const holder = s.lock[lock] - 1
  if (holder === vcpu) return 'it already'
  return s.phase[holder] === Phase.Idle ? `vCPU ${holder}, whose plan has ended,` : `vCPU ${holder}`
}
