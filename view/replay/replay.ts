import { ok, problemText, type Result, refuse } from '../../base/result.js'
import { kinds, rows } from '../../model/actions/relation.js'
import { isEnabled, step } from '../../model/actions/step.js'
import { type Code, codeLength, encode } from '../../model/machine/action.js'
import { Phase } from '../../model/machine/state.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { buildMachine } from '../../search/machine-config.js'
import { Simulator } from '../../search/simulator.js'
import { codesOf, type Trace } from '../../search/trace.js'
import type { ShownReplay, ShownReplayStep } from '../data.js'
import { Judge } from './judged.js'
import { OtherActions } from './other-actions.js'
import { PlanListing } from './plan-listing.js'
import { Reach } from './reach.js'

/** Guests up to this size have it recorded which pages each device reaches. */
const mostReached = 64

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
  const { machine, host } = built.value
  const simulator = new Simulator(machine)
  const codes = codesOf(simulator, trace)
  if (!codes.ok) return codes
  const length = trace.steps.length + (trace.continuation?.length ?? 0)
  const judge = new Judge(simulator, catalogue.properties, property, length)
  const replay = new Replay(simulator, new PlanListing(host, machine), judge)
  return ok(replay.of([...codes.value.run, ...codesBehind(trace)]))
}

/** The codes of the continuation, up to an action that is none. */
function codesBehind({ continuation = [] }: Trace): Code[] {
  const codes = continuation.map(({ action }) => encode(kinds, action))
  const wrong = codes.findIndex(({ ok }) => !ok)
  return codes.slice(0, wrong < 0 ? codes.length : wrong).flatMap((code) => (code.ok ? [code.value] : []))
}

class Replay {
  private readonly others: OtherActions
  private readonly reach: Reach | undefined
  private readonly scratch = new Int32Array(codeLength)

  constructor(
    private readonly simulator: Simulator,
    private readonly listing: PlanListing,
    private readonly judge: Judge,
  ) {
    this.others = new OtherActions(simulator)
    if (simulator.machine.pages <= mostReached) this.reach = new Reach(simulator)
  }

  of(run: readonly Code[]): ShownReplay {
    const { machine: m, state: s } = this.simulator
    this.simulator.reset()
    const start = this.standing()
    this.reach?.note(0)
    this.judge.note(0)
    const steps: ShownReplayStep[] = []
    for (const code of run) {
      if (!isEnabled(m, s, code, this.scratch)) break
      const possible = this.others.beside(code)
      const line = rows[code[0] ?? -1]?.by === 'plan' ? this.listing.lineAt(s.pc[code[1] ?? 0] ?? 0) : undefined
      step(m, s, code)
      steps.push({ line, next: this.standing(), possible })
      this.reach?.note(steps.length)
      this.judge.note(steps.length)
    }
    return this.shown(start, steps)
  }

  /** The line of the next step of every vCPU; undefined for one that runs no plan. */
  private standing(): (number | null)[] {
    const { machine: m, state: s } = this.simulator
    return Array.from({ length: m.scope.vcpus }, (_, vcpu) =>
      s.phase[vcpu] === Phase.Running ? this.listing.lineAt(s.pc[vcpu] ?? 0) : null,
    )
  }

  private shown(start: readonly (number | null)[], steps: readonly ShownReplayStep[]): ShownReplay {
    const { lines, placeOf } = this.listing.shown()
    const place = (line: number | null) => (line === null ? null : (placeOf.get(line) ?? null))
    return {
      plan: lines,
      start: start.map(place),
      steps: steps.map(({ line, next, possible }) => ({
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
