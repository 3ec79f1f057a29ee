import type { Machine } from './machine.js'
import { type Dma, Phase, type State } from './state.js'

/** Whether some vCPU is in a phase (`Phase`): a cheap test, so that a row can report 0 candidates. */
export function someVcpu(m: Machine, s: State, phase: number): boolean {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.phase[vcpu] === phase) return true
  return false
}

/** Whether some vCPU has a plan, or a request that waits for its next turn. */
export function someVcpuBusy(m: Machine, s: State): boolean {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.phase[vcpu] !== Phase.Idle) return true
  return false
}

export const someVcpuIdle = (m: Machine, s: State): boolean => someVcpu(m, s, Phase.Idle)

/** Whether some device's DMA is in a phase (`Dma`). */
export function someDma(m: Machine, s: State, phase: (typeof Dma)[keyof typeof Dma]): boolean {
  for (let device = 0; device < m.scope.devices; device += 1) if (s.dma[device] === phase) return true
  return false
}

/** Whether some number of a view is not 0. */
export function someSet(view: ArrayLike<number>): boolean {
  for (let index = 0; index < view.length; index += 1) if (view[index] !== 0) return true
  return false
}

/** A dead host does nothing, and nothing happens on it. */
export const hostIsAlive = (s: State): boolean => s.hostDead[0] === 0
