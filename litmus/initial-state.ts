import { ok, type Problem } from '../base/result.js'
import { force, nextStep, step } from '../model/actions/step.js'
import { initialState, serveQueue } from '../model/initial-state.js'
import { codeLength } from '../model/machine/action.js'
import { errnoNames } from '../model/machine/errno.js'
import type { Machine } from '../model/machine/machine.js'
import { Phase, type State } from '../model/machine/state.js'
import { beginDriverCall } from './driver-calls.js'
import { threadActorOf } from './language/actor.js'
import { type ParseResult, placed, refuseAt } from './language/problem.js'
import type { InitItem, LitmusSource } from './language/syntax.js'
import { isPossible } from './raw-step-guards.js'
import { actorNames, withoutBy } from './setting.js'
import { opOf, type ThreadStep } from './steps.js'

/**
 * The state from which the threads begin: pages as the file says, the host's boot, then the file's steps one after the
 * other, each taken to its end with nothing in between.
 */
export function initialStateOf(m: Machine, source: LitmusSource): ParseResult<State> {
  const sides = sidesOf(m, source.init)
  if (!sides.ok) return sides
  const s = initialState(m, m.blankState(), (gfn) => sides.value[gfn] ?? m.scope.start === 'private')
  const names = actorNames(source)
  for (const item of source.init) {
    if (item.kind !== 'step') continue
    const actor = threadActorOf(item.actor, names, m.scope)
    if (!actor.ok) return actor
    const op = opOf(m, actor.value, withoutBy(item.step))
    if (!op.ok) return op
    if (op.value.how === 'await') return refuseAt(item.step, 'nothing has to be awaited in an initial state')
    const wrong = takeAlone(m, s, actor.value.vcpu, op.value)
    if (wrong !== undefined) return placed(wrong, item.step)
  }
  m.event.clear()
  m.touched.clear()
  return ok(s)
}

function sidesOf(m: Machine, items: readonly InitItem[]): ParseResult<readonly (boolean | undefined)[]> {
  const sides = new Array<boolean | undefined>(m.pages).fill(undefined)
  let booted = false
  for (const item of items) {
    if (item.kind === 'step') booted = true
    else if (booted)
      return refuseAt(item, 'pages are shared or private before the host boots: write this before the steps')
    else {
      const { first, last } = item
      if (last < first) return refuseAt(item, 'found a range that ends before it begins')
      if (last >= m.pages) return refuseAt(item, `found page ${last}, but the scope has pages=${m.pages}`)
      for (let gfn = first; gfn <= last; gfn += 1) {
        if (sides[gfn] !== undefined) return refuseAt(item, `page ${gfn} stands here twice`)
        sides[gfn] = item.side.text === 'private'
      }
    }
  }
  return ok(sides)
}

/** Takes a step and all that follows from it on its vCPU, the invalidation queue included. @returns what is wrong */
function takeAlone(m: Machine, s: State, vcpu: number, op: ThreadStep): Problem | undefined {
  const code = new Int32Array(codeLength)
  while (!isPossible(m, s, op)) if (!serveQueue(m, s, code)) return { message: 'this step is not possible here' }
  let errno = 0
  if (op.how === 'map' || op.how === 'unmap') beginDriverCall(m, s, op)
  else errno = op.how === 'raw' ? force(m, s, op.code) : step(m, s, op.code)
  errno ||= m.event.callFailed
  while (vcpu >= 0 && s.phase[vcpu] === Phase.Running) {
    if (nextStep(m, s, vcpu, code)) step(m, s, code)
    else if (!serveQueue(m, s, code)) return { message: 'this step never ends' }
    errno ||= m.event.callFailed
  }
  if (errno !== 0) {
    return { message: `this step fails with ${errnoNames[errno]}: the initial state would not be what it says` }
  }
  return vcpu >= 0 && s.phase[vcpu] !== Phase.Idle ? { message: 'this step does not end by itself' } : undefined
}
