import { owedBy } from './actions/fairness.js'
import { kindIndex, rows } from './actions/relation.js'
import { candidate, nextStep, step } from './actions/step.js'
import { release } from './actions/tdx-connect/release.js'
import { attachAtStart } from './actions/vtd/domains.js'
import { codeLength } from './machine/action.js'
import type { Machine } from './machine/machine.js'
import {
  Attr,
  Dmar,
  Granule,
  HostPage,
  IdentityEntry,
  Owner,
  Phase,
  Plug,
  Ripas,
  Sept,
  type State,
  Tag,
} from './machine/state.js'
import type { Gfn } from './machine/units.js'
import { allocatePrivate, allocateShared } from './memory/frame-allocator.js'
import { isKept } from './memory/guest-access.js'
import { GuestView, startPlan } from './plan/interpreter.js'

/** A plan that waits for something that never comes: a bug of its author, or ours. */
export class EndlessPlan extends Error {
  /** @param instruction at which it waits, by its index in the machine's program */
  constructor(readonly instruction: number) {
    super(`the plan never ends: it waits at instruction ${instruction}`)
  }
}

/**
 * The machine as it is when the guest starts to run: memory as the scope says, devices attached, the boot plan of
 * the host done with nothing in between.
 *
 * @param s a state of the machine to build it in; its contents are lost
 * @param startsPrivate which pages are private before the host boots; as the scope says, if left out
 * @throws EndlessPlan if the boot plan does not end
 */
export function initialState(
  m: Machine,
  s: State = m.blankState(),
  startsPrivate: (gfn: Gfn) => boolean = () => m.scope.start === 'private',
): State {
  s.bytes.fill(0)
  m.bootCause = -1
  s.slotsUsed[0] = 1
  for (let device = m.trusted; device < m.scope.devices; device += 1) attachAtStart(s, device)
  if (!m.scope.interfaceLife) s.dmar.fill(Dmar.Present)
  s.sharedRoot.fill(1)
  s.plugged.fill(Plug.There)
  if (s.referencesLeft.length > 0) s.referencesLeft[0] = m.scope.references
  if (s.truncationsLeft.length > 0) s.truncationsLeft[0] = m.scope.truncations
  if (s.queueErrorsLeft.length > 0) s.queueErrorsLeft[0] = m.scope.queueErrors
  if (s.timeOutsLeft.length > 0) s.timeOutsLeft[0] = m.scope.timeOuts
  if (s.failuresLeft.length > 0) s.failuresLeft[0] = m.scope.failures
  for (let gfn = 0; gfn < m.pages; gfn += 1) back(m, s, gfn, startsPrivate(gfn) && gfn < m.memoryPages)
  s.mptKept.fill(0) // what is confidential from the start, no checker has from before
  if (s.rmpLarge.length + s.rttBlock.length > 0) for (let gfn = 0; gfn < m.pages; gfn += 1) startLarge(m, s, gfn)
  startPlan(m, s, 0, 'boot')
  runAlone(m, s, noteBoot)
  if (m.program.bootRequest) askForPool(m, s)
  m.event.clear()
  m.touched.clear()
  return s
}

function back(m: Machine, s: State, gfn: Gfn, isPrivate: boolean): void {
  s.attr[gfn] = isPrivate ? Attr.Private : Attr.Shared
  s.guestView[gfn] = isPrivate || m.scope.calls ? GuestView.Private : GuestView.Shared
  if (m.inPlace) {
    s.owner[gfn] = isPrivate ? Owner.Td : Owner.Host
    if (isPrivate) s.privateFrame[gfn] = gfn + 1
    else s.sharedFrame[gfn] = gfn + 1
  } else if (isPrivate) s.privateFrame[gfn] = allocatePrivate(m, s, gfn)
  else s.sharedFrame[gfn] = allocateShared(m, s, gfn)
  if (m.pkvm) {
    startUnderPkvm(s, gfn, isPrivate)
    return
  }
  if (isPrivate && s.sept.length > 0) s.sept[gfn] = Sept.Mapped
  if (isPrivate && s.trustedPte.length > 0) s.trustedPte[gfn] = s.privateFrame[gfn]
  if (isPrivate && m.realm) {
    s.granule[s.privateFrame[gfn] - 1] = Granule.Data
    s.ripas[gfn] = Ripas.Ram
  }
  if (isPrivate && s.tag.length > 0) s.tag[s.privateFrame[gfn] - 1] = Tag.Guest
}

/** A page that the guest has not shared is the host's until the guest faults on it, where faults are modelled. */
function startUnderPkvm(s: State, gfn: Gfn, isPrivate: boolean): void {
  const isDonated = isPrivate && s.sept.length === 0
  if (isPrivate && !isDonated) s.owner[gfn] = Owner.Host
  s.hostPage[gfn] = isDonated ? HostPage.NoPage : isPrivate ? HostPage.Owned : HostPage.Borrowed
  if (isDonated && s.idmap.length > 0) s.idmap[gfn] = IdentityEntry.Absent
  if (!isPrivate && s.sharedEpt.length > 0) s.sharedEpt[gfn] = 1
}

/** A superpage that is private from the start has one entry in the RMP, or the RTT, where that may be. */
function startLarge(m: Machine, s: State, gfn: Gfn): void {
  for (const large of [s.rmpLarge, s.rttBlock]) {
    if (large.length === 0) continue
    if (gfn % m.perSuper === 0) large[gfn / m.perSuper] = 1
    if (s.attr[gfn] === Attr.Shared) large[Math.floor(gfn / m.perSuper)] = 0
  }
}

/**
 * Runs vCPU 0's plan to its end with nothing in between, and serves the invalidation queue for it.
 *
 * @param taken called after each step of the plan, whose effects beyond the state are in `m.event`
 * @throws EndlessPlan if the plan does not end
 */
export function runAlone(m: Machine, s: State, taken: (m: Machine) => void): void {
  const code = new Int32Array(codeLength)
  while (s.phase[0] === Phase.Running) {
    if (nextStep(m, s, 0, code)) {
      step(m, s, code)
      taken(m)
    } else if (!serveQueue(m, s, code)) throw new EndlessPlan(s.pc[0])
  }
}

/** The guest's first act is under way when the machine starts, so that everything about it is searched. */
function askForPool(m: Machine, s: State): void {
  const code = new Int32Array(codeLength)
  if (m.mustRelease && !m.program.guestKeepsPages) {
    for (let gfn = 0; gfn < m.perSuper; gfn += 1) if (isKept(m, s, gfn)) release(m, s, gfn)
  }
  code.set([kindIndex('guest.convert'), 0, 0, m.perSuper, Attr.Shared])
  step(m, s, code)
}

function noteBoot(m: Machine): void {
  if (m.event.cause >= 0) m.bootCause = m.event.cause
}

/** What the units owe: the work of their queues. */
const queueWork = rows.flatMap(({ fairness }, kind) => (owedBy(fairness) === 'unit' ? [kind] : []))

/** Lets an invalidation queue do one thing. @returns whether one could */
export function serveQueue(m: Machine, s: State, code: Int32Array): boolean {
  for (const kind of queueWork) {
    for (let unit = 0; unit < m.scope.units; unit += 1) {
      if (!candidate(m, s, kind, unit, code)) continue
      step(m, s, code)
      return true
    }
  }
  return false
}
