import type { Problem } from '../base/result.js'
import { places } from '../model/actions/places.js'
import type { Machine } from '../model/machine/machine.js'
import { Reg, regOf } from '../model/machine/registers.js'
import type { State } from '../model/machine/state.js'
import { startPlan } from '../model/plan/interpreter.js'
import type { CallVerb } from './language/verbs.js'

const mapArg = places('vcpu', 'iovfn', 'count', 'permissions', 'flaw')
const unmapArg = places('vcpu', 'iovfn', 'count', 'flaw')

const flawOf = (call: CallVerb, code: Int32Array): number => code[call === 'map' ? mapArg.flaw : unmapArg.flaw] ?? 0

/** Why a machine without raw calls cannot take a call of the driver; undefined if it can. */
export function invalidCall(m: Machine, call: CallVerb, code: Int32Array): Problem | undefined {
  if (m.scope.calls) return undefined
  const permissions = call === 'map' ? (code[mapArg.permissions] ?? 3) : 3
  if (flawOf(call, code) === 0 && permissions === 3) return undefined
  return { message: 'permissions and flaws of a call need: scope calls=true' }
}

/** A step of a thread that is a whole call of the driver: `map`, else `unmap`. */
interface DriverStep {
  readonly code: Int32Array
  readonly how: string
}

/** Sets a vCPU going at the driver's map or unmap, as `host.map` and `host.unmap` do where `calls` is on. */
export function beginDriverCall(m: Machine, s: State, { code, how }: DriverStep): void {
  const call = how === 'map' ? 'map' : 'unmap'
  const vcpu = code[mapArg.vcpu] ?? 0
  const first = code[mapArg.iovfn] ?? 0
  m.event.clear()
  m.touched.clear()
  s.reg[regOf(vcpu, Reg.chunkFirst)] = first
  s.reg[regOf(vcpu, Reg.chunkEnd)] = first + (code[mapArg.count] ?? 0)
  s.reg[regOf(vcpu, Reg.flaw)] = flawOf(call, code)
  if (call === 'map') s.reg[regOf(vcpu, Reg.permissions)] = code[mapArg.permissions] ?? 0
  startPlan(m, s, vcpu, call)
}
