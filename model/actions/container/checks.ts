import type { Rule } from '../../../spec/index.js'
import { Flaw } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Reg, regOf } from '../../machine/registers.js'
import type { State } from '../../machine/state.js'
import type { ErrnoCode, VcpuId } from '../../machine/units.js'
import { type CodeOf, places } from '../places.js'
import type { Fail } from '../row.js'

const arg = places('vcpu', 'iovfn', 'count')

/** The end of the range of a code with parameters `iovfn` and `count`: its last page + 1. */
export const end = (a: CodeOf<['vcpu', 'iovfn', 'count']>) => a[arg.iovfn] + a[arg.count]

/** A register (`Reg`) of the vCPU that takes the action. */
export const register = (s: State, a: CodeOf<['vcpu']>, index: number) => s.reg[regOf(a[arg.vcpu], index)]

/** Fails with an errno if the call has a flaw (`Flaw`), on machines where `on` holds. */
export function flawed(rule: Rule, flaw: number, errno: ErrnoCode, on?: (m: Machine) => boolean): Fail<['vcpu']> {
  return { rule, errno, when: (m, s, a) => register(s, a, Reg.flaw) === flaw && (on === undefined || on(m)) }
}

/** How a range that wraps fails, by the errno of the platform. @param now rule for EOVERFLOW @param then for EINVAL */
export const wraps = (now: Rule, then: Rule): readonly Fail<['vcpu']>[] => [
  flawed(now, Flaw.Wraps, Errno.EOVERFLOW, (m) => m.platform.wrapErrno === 'EOVERFLOW'),
  flawed(then, Flaw.Wraps, Errno.EINVAL, (m) => m.platform.wrapErrno === 'EINVAL'),
]

/** Whether a raw map asks for neither read nor write (4 in its register). */
export const noRights = (_: Machine, s: State, a: CodeOf<['vcpu']>) => register(s, a, Reg.permissions) === 4

/** Whether a mapping has some page of the range. */
export function overlaps(_: Machine, s: State, a: CodeOf<['vcpu', 'iovfn', 'count']>): boolean {
  for (let iovfn = a[arg.iovfn]; iovfn < end(a); iovfn += 1) if (s.mapOf[iovfn] !== 0) return true
  return false
}

/** Whether the first byte lies inside a mapping that starts earlier. */
export function startsInside(s: State, first: number): boolean {
  return s.mapOf[first] !== 0 && s.mapOf[first] - 1 < first
}

/** Whether another vCPU's call is at work on an area that has a page of [first, end): its registers say where it is. */
export function isAtWork(m: Machine, s: State, caller: VcpuId, first: number, end: number): boolean {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1)
    if (vcpu !== caller && s.reg[regOf(vcpu, Reg.areaFirst)] < end && s.reg[regOf(vcpu, Reg.areaEnd)] > first)
      return true
  return false
}

/** The first page that is whole in the range of a call: one that is not aligned begins inside its first page. */
export const firstWhole = (s: State, a: CodeOf<['vcpu']>): number =>
  register(s, a, Reg.callFirst) + (register(s, a, Reg.flaw) === Flaw.Misaligned ? 1 : 0)

/** The effect of a step that only checks. */
export const nothing = () => undefined
