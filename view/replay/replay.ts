import { ok, problemText, type Result, refuse } from '../../base/result.js'
import { places } from '../../model/actions/places.js'
import { kinds, rows } from '../../model/actions/relation.js'
import { isEnabled, step } from '../../model/actions/step.js'
import { type Code, codeLength, encode } from '../../model/machine/action.js'
import { Phase } from '../../model/machine/state.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { buildMachine } from '../../search/machine-config.js'
import { Simulator } from '../../search/simulator.js'
import { codesOf, type ReplayWatch, type Trace } from '../../search/trace.js'
import type { ShownReplay, ShownReplayStep } from '../data.js'
import { touchFirstOfAlike } from './alike-regions.js'
import { beginningOf } from './beginning.js'
import { RunMonitor } from './judged.js'
import { OtherActions } from './other-actions.js'
import { PlanListing } from './plan-listing.js'
import { DeviceReach } from './reach.js'

const arg = places('vcpu')

/** Guests up to this size have it recorded which pages each device reaches. */
const maxReachedPages = 64

/**
 * What a recorded run does not say, and the model does where it takes the steps once more: the state of every
 * property, the line of the plan, and what else was possible. Refused if the model does not take the run as recorded.
 */
export function replayOf(trace: Trace, catalogue: Catalogue): Result<ShownReplay> {
  const { setup, property, designs = [] } = trace.header
  const built = buildMachine(setup, catalogue)
  if (!built.ok) {
    const remedy = designs.length === 0 ? {} : { remedy: `Name its modules: --designs ${designs.join(' --designs ')}` }
    return refuse(problemText(built.problem), remedy)
  }
  const { machine, host, design } = built.value
  const isOwn = catalogue.own.designs.includes(design)
  const simulator = new Simulator(machine, beginningOf(machine, isOwn, trace.header.initial))
  const length = trace.steps.length + (trace.continuation?.length ?? 0)
  const judge = new RunMonitor(simulator, catalogue.properties, property, length)
  const replay = new Replay(simulator, new PlanListing(host, machine), judge, catalogue)
  const codes = codesOf(simulator, trace, replay)
  if (!codes.ok) return codes
  replay.takeMore(codesBehind(trace))
  return ok(replay.shown())
}

/** The codes of the continuation, up to an action that is none. */
function codesBehind({ continuation = [] }: Trace): Code[] {
  const codes = continuation.map(({ action }) => encode(kinds, action))
  const wrong = codes.findIndex(({ ok }) => !ok)
  return codes.slice(0, wrong < 0 ? codes.length : wrong).flatMap((code) => (code.ok ? [code.value] : []))
}

/** Notes what is so while the run is taken once: to take it again would boot a large guest again. */
class Replay implements ReplayWatch {
  private readonly others: OtherActions
  private readonly reach: DeviceReach | undefined
  private start: readonly (number | null)[] = []
  private readonly steps: ShownReplayStep[] = []
  /** What is so of the step that is taken next. */
  private coming: Pick<ShownReplayStep, 'line' | 'possible'> = { possible: [] }

  constructor(
    private readonly simulator: Simulator,
    private readonly listing: PlanListing,
    private readonly judge: RunMonitor,
    private readonly catalogue: Catalogue,
  ) {
    this.others = new OtherActions(simulator)
    if (simulator.machine.pages <= maxReachedPages) this.reach = new DeviceReach(simulator)
  }

  begin(): void {
    this.start = this.standing()
    touchFirstOfAlike(this.simulator, this.catalogue)
    this.note()
  }

  before(code: Code): void {
    const isOfPlan = rows[code[0] ?? -1]?.by === 'plan'
    const line = isOfPlan ? this.listing.lineAt(this.simulator.state.pc[code[arg.vcpu] ?? 0] ?? 0) : undefined
    this.coming = { line, possible: this.others.beside(code) }
  }

  after(): void {
    this.steps.push({ ...this.coming, next: this.standing() })
    this.note()
  }

  /** Takes what follows the run, as far as it can be taken. */
  takeMore(codes: readonly Code[]): void {
    const { machine: m, state: s } = this.simulator
    const scratch = new Int32Array(codeLength)
    for (const code of codes) {
      if (!isEnabled(m, s, code, scratch)) return
      this.before(code)
      step(m, s, code)
      this.after()
    }
  }

  private note(): void {
    this.reach?.note(this.steps.length)
    this.judge.note(this.steps.length)
  }

  /** The line of the next step of every vCPU; null for one that runs no plan. */
  private standing(): (number | null)[] {
    const { machine: m, state: s } = this.simulator
    return Array.from({ length: m.scope.vcpus }, (_, vcpu) =>
      s.phase[vcpu] === Phase.Running ? this.listing.lineAt(s.pc[vcpu] ?? 0) : null,
    )
  }

  shown(): ShownReplay {
    const { lines, placeOf } = this.listing.shown()
    const place = (line: number | null) => (line === null ? null : (placeOf.get(line) ?? null))
    return {
      plan: lines,
      start: this.start.map(place),
      steps: this.steps.map(({ line, next, possible }) => ({
        line: line === undefined ? undefined : placeOf.get(line),
        next: next.map(place),
        possible,
      })),
      actions: this.others.texts(),
      properties: this.judge.shown(),
      reach: this.reach?.histories,
    }
  }
}
