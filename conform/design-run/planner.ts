import { kindIndex, rows } from '../../model/actions/relation.js'
import { candidate, step } from '../../model/actions/step.js'
import { machineFrom } from '../../model/build-machine.js'
import { initialState, runAlone } from '../../model/initial-state.js'
import { codeLength } from '../../model/machine/action.js'
import { isError } from '../../model/machine/effects.js'
import type { Machine } from '../../model/machine/machine.js'
import { reg } from '../../model/machine/registers.js'
import { Attr, Phase, type State } from '../../model/machine/state.js'
import { allocateShared } from '../../model/memory/frame-allocator.js'
import { GuestView } from '../../model/plan/interpreter.js'
import type { Call, CallName, Host } from '../../model/plan/plan.js'
import type { BuiltMachine } from '../../search/machine-config.js'

/** Calls that requests lead to: in a run no device comes or goes. */
const unplanned = ['attach', 'detach', 'delete-slot', 'create-slot'] as const
export type PlannedName = Exclude<CallName, (typeof unplanned)[number]>

/** One call of a plan with its range, as the plan's loops and conditions made it. */
export interface PlannedCall {
  readonly name: PlannedName
  readonly first: number
  readonly count: number
}

/** What a guest asks its host for. */
export interface GuestRequest {
  readonly page: number
  readonly count: number
  readonly to: 'private' | 'shared'
}

/** What the guest may expect of DMA to a page: that it works, that it does not, or neither, while it converts it. */
export type Expects = 'shared' | 'changing' | 'private'

const convertKind = kindIndex('guest.convert')
const nextChunkKind = kindIndex('kvm.map-gpa.next-chunk')
const requestFirst = reg('requestFirst')
const requestEnd = reg('requestEnd')
const callFirst = reg('callFirst')
const callEnd = reg('callEnd')

/**
 * A design on a machine of the model where nothing else happens: it says which calls the design's plan makes, one after
 * the other, with what its loops and conditions find in the state that the calls before them left.
 */
export class Planner {
  readonly machine: Machine
  readonly state: State
  private onCall: (call: PlannedCall) => void = () => undefined
  private readonly code = new Int32Array(codeLength)

  /** @param onBoot called with the calls of the boot, before the guest runs */
  constructor({ machine: { scope, platform, parts }, host }: BuiltMachine, onBoot: (call: PlannedCall) => void) {
    this.onCall = onBoot
    const noted = noting(host, (call) => this.onCall(call))
    this.machine = machineFrom(scope, platform, parts, noted)
    this.state = initialState(this.machine)
    if (this.state.phase[0] !== Phase.Idle) this.finish()
  }

  /**
   * One of the requests that the model's guest may make now: mostly of a single page, so that much stays shared beside
   * it, and as often to shared as to private, so that plans meet what earlier ones left.
   *
   * @param below gives a number from 0 up to, not including, its argument
   * @returns undefined if there is none
   */
  request(below: (end: number) => number): GuestRequest | undefined {
    const to = below(2) === 0 ? 'private' : 'shared'
    const drawn = Array.from({ length: below(4) === 0 ? 1 : 8 }, () => this.anyRequest(below)).flatMap(
      (one) => one ?? [],
    )
    const wanted = drawn.filter((one) => one.to === to)
    return (wanted.length > 0 ? wanted : drawn).sort((a, b) => a.count - b.count)[0]
  }

  private anyRequest(below: (end: number) => number): GuestRequest | undefined {
    const all = rows[convertKind]
    const count = all?.by === 'environment' ? all.candidates(this.machine, this.state) : 0
    const from = below(Math.max(1, count))
    for (let index = 0; index < count; index += 1) {
      if (!candidate(this.machine, this.state, convertKind, (from + index) % count, this.code)) continue
      const [, , page = 0, pages = 0, to] = this.code
      return { page, count: pages, to: to === Attr.Private ? 'private' : 'shared' }
    }
    return undefined
  }

  /**
   * The guest asks, and its request is carried out to the end.
   *
   * @param onCall called before each call, while the state is that of this moment
   * @returns whether it was granted
   */
  convert({ page, count, to }: GuestRequest, onCall: (call: PlannedCall) => void): boolean {
    this.onCall = onCall
    this.code.fill(0)
    this.code.set([convertKind, 0, page, count, to === 'private' ? Attr.Private : Attr.Shared])
    step(this.machine, this.state, this.code)
    return this.finish()
  }

  expects(page: number): Expects {
    if (this.state.guestView[page] === GuestView.Shared) return 'shared'
    const isOpen = page >= requestFirst(this.machine, this.state, 0) && page < requestEnd(this.machine, this.state, 0)
    return isOpen ? 'changing' : 'private'
  }

  /** Whether the page's shared side has no frame: it was discarded and has not been touched since. */
  isHole(page: number): boolean {
    return this.state.sharedFrame[page] === 0
  }

  /** An access to the shared side fills a hole in it. */
  touchShared(page: number): void {
    const { machine: m, state: s } = this
    if (s.sharedFrame[page] === 0) s.sharedFrame[page] = allocateShared(m, s, page)
  }

  private finish(): boolean {
    const { machine: m, state: s } = this
    let isGranted = true
    const note = ({ event }: Machine): void => {
      if (isError(event.conversion)) isGranted = false
    }
    runAlone(m, s, note)
    while (s.phase[0] === Phase.Boundary) {
      this.code.fill(0)
      this.code[0] = nextChunkKind
      step(m, s, this.code)
      runAlone(m, s, note)
    }
    if (s.phase[0] !== Phase.Idle) throw new Error(`a plan that runs alone stays in phase ${s.phase[0]}`)
    return isGranted
  }
}

/** The same host with a note at the start of each call, which changes no state and adds no step. */
function noting(host: Host, tell: (call: PlannedCall) => void): Host {
  const noted = (name: PlannedName): Call => {
    const { body, undo } = host.calls[name]
    const run = (m: Machine, s: State, v: number): void => {
      const first = callFirst(m, s, v)
      tell({ name, first, count: callEnd(m, s, v) - first })
    }
    return { body: [{ note: { name: `tell of ${name}`, run } }, ...body], undo }
  }
  const isPlanned = (name: CallName): name is PlannedName => !unplanned.some((other) => other === name)
  const names = (Object.keys(host.calls) as CallName[]).filter(isPlanned)
  const calls = Object.fromEntries(names.map((name) => [name, noted(name)])) as Record<PlannedName, Call>
  return { ...host, calls: { ...host.calls, ...calls } }
}
