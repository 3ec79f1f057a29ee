import type { Prng } from '../../base/prng.js'
import { type Kind, kinds, placesOf, rows } from '../../model/actions/relation.js'
import { type EnvironmentRow, isBesidePlans } from '../../model/actions/row.js'
import { force } from '../../model/actions/step.js'
import { initialState } from '../../model/initial-state.js'
import { codeLength } from '../../model/machine/action.js'
import { someVcpu } from '../../model/machine/any-active.js'
import type { Machine } from '../../model/machine/machine.js'
import { lockNames, Phase, type State } from '../../model/machine/state.js'
import { resume } from '../../model/plan/interpreter.js'
import { type Clause, type Property, properties } from '../../properties/index.js'
import { RandomScheduler } from '../random/scheduler.js'
import { nothingSeen, Recorder, type Seen } from './recorder.js'

/** Every so many steps all clauses of all properties judge the state. */
const judgedEvery = 5

/** Where the code of each kind has its vCPU; 0 where it has none. */
const vcpuAt = placesOf('vcpu')

/** What rows and properties were seen to touch on random runs, by name; of clauses, each by itself. */
export class RecordedWalks {
  readonly rows = new Map<Kind, Seen>(kinds.names.map((kind) => [kind, nothingSeen()]))
  readonly clauses = new Map<Clause, Seen>()
  readonly steps = new Map<Property, Seen>()
  /** What was possible although its row says that it is not. */
  readonly unexpected = new Set<string>()
  private readonly a = new Int32Array(codeLength)

  constructor(private readonly prng: Prng) {}

  /** Takes so many steps from the initial state of a machine. */
  run(machine: Machine, length: number): void {
    const recorder = new Recorder(machine)
    const { m, s } = recorder
    const scheduler = new RandomScheduler(m, this.prng, 'biased')
    const judged = properties.filter(({ notOn }) => notOn?.(m) === undefined)
    initialState(m, s)
    for (let taken = 0; taken < length && scheduler.next(s, this.a); taken += 1) {
      this.take(recorder, judged)
      if (taken % judgedEvery === 0) this.judge(recorder, judged)
    }
  }

  private take(recorder: Recorder, judged: readonly Property[]): void {
    const { a } = this
    const { m, s } = recorder
    const kind = kinds.names[a[0]]
    const row = rows[a[0]]
    const own = vcpuAt[a[0]] === 0 ? -1 : a[vcpuAt[a[0]]]
    const seen = seenOf(this.rows, kind)
    if (row.by === 'environment') this.look(kind, row, m, s, own)
    recorder.note(own, seen, () => {
      if (row.by === 'plan') row.ready?.(m, s, a)
      else if (row.candidates(m, s) > 0) row.possible(m, s, a)
    })
    const errno = recorder.note(own, seen, () => force(m, s, a))
    if (row.by === 'plan') resume(m, s, own, errno, m.event.cause)
    else if (isBesidePlans(row) || isPlanOfAnother(s, own)) this.judgeStep(recorder, judged)
  }

  private look(kind: Kind, row: EnvironmentRow, m: Machine, s: State, own: number): void {
    const runs = own < 0 ? someVcpu(m, s, Phase.Running) : s.phase[own] === Phase.Running
    if (runs && !isBesidePlans(row)) this.unexpected.add(`${kind} is possible while a plan runs`)
    if (row.waitsFor !== undefined && s.lock[lockNames.indexOf(row.waitsFor)] !== 0)
      this.unexpected.add(`${kind} does not wait for its lock`)
    if (row.undoes !== undefined && s[row.undoes].every((value) => value === 0))
      this.unexpected.add(`${kind} has nothing to undo`)
  }

  private judgeStep(recorder: Recorder, judged: readonly Property[]): void {
    const { m, s } = recorder
    for (const property of judged) {
      recorder.note(-1, seenOf(this.steps, property), () => {
        if (property.ofEvents === true && !m.event.tells) return
        property.holdsAfter?.(m, s)
        property.witnessBits(m, s)
      })
    }
  }

  private judge(recorder: Recorder, judged: readonly Property[]): void {
    const { m, s } = recorder
    for (const { clauses } of judged) {
      for (const clause of clauses) {
        recorder.note(-1, seenOf(this.clauses, clause), () => {
          clause.holdsIn?.(m, s)
          for (let gfn = 0; gfn < m.pages; gfn += 1) clause.holdsAt?.(m, s, gfn)
        })
      }
    }
  }
}

/** Whether a plan runs, but not on this vCPU. */
const isPlanOfAnother = ({ phase }: State, vcpu: number): boolean =>
  vcpu >= 0 && phase.some((value, at) => at !== vcpu && value === Phase.Running)

function seenOf<K>(map: Map<K, Seen>, key: K): Seen {
  const seen = map.get(key) ?? nothingSeen()
  map.set(key, seen)
  return seen
}
