import { kindIndex } from '../model/actions/relation.js'
import { candidate, nextStep, step } from '../model/actions/step.js'
import { codeLength } from '../model/machine/action.js'
import { someVcpuBusy } from '../model/machine/any-active.js'
import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import { endedWell } from './conversion-ends.js'

/** What hardware and the guest owe each other in a fair round, in this order. */
const duties = [
  'vtd.invalidate',
  'vtd.retire-descriptor',
  'vtd.walk',
  'dma.complete',
  'tdx.map-gpa.next-chunk',
  'guest.retry',
  'vtd.flush-deferred',
].map(kindIndex)

/** Rounds after which a conversion that has not ended is taken to go on for ever. */
export const fairRounds = (m: Machine): number => 200 + m.perSuper * 60

/**
 * Lets everything that is under way go on, each in turn and nothing new begun, on a state that it uses up.
 *
 * @returns whether every conversion ended, with what it asked for or an error documented for its cause
 */
export function endsFairly(m: Machine, s: State, visit?: (a: Int32Array) => void): boolean {
  const a = new Int32Array(codeLength)
  for (let round = fairRounds(m); round > 0; round -= 1) {
    if (!someVcpuBusy(m, s) || s.hostDead[0] === 1) return true
    for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1)
      if (nextStep(m, s, vcpu, a) && !take(m, s, a, visit)) return false
    for (const kind of duties) if (!serve(m, s, kind, a, visit)) return false
  }
  return !someVcpuBusy(m, s)
}

function serve(m: Machine, s: State, kind: number, a: Int32Array, visit?: (a: Int32Array) => void): boolean {
  const most = Math.max(m.scope.vcpus, m.scope.devices, m.scope.units, m.domains)
  for (let index = 0; index < most; index += 1) {
    if (candidate(m, s, kind, index, a) && isOne(m, kind, index) && !take(m, s, a, visit)) return false
  }
  return true
}

/** Candidates beyond a row's own count would name things that are not there. */
function isOne(m: Machine, kind: number, index: number): boolean {
  if (kind === duties[0] || kind === duties[1]) return index < m.scope.units
  if (kind === duties[2] || kind === duties[3]) return index < m.scope.devices
  return kind === duties[6] ? index < m.domains : index < m.scope.vcpus
}

function take(m: Machine, s: State, a: Int32Array, visit?: (a: Int32Array) => void): boolean {
  visit?.(a)
  step(m, s, a)
  return endedWell(m)
}
