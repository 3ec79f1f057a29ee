import type { Machine } from '../../model/machine/machine.js'
import { failureOf, type PropertyFailure } from '../../properties/failure.js'
import { conversionEnds, type Property } from '../../properties/index.js'
import { Monitor } from '../../properties/monitor.js'
import { endFailure, type Simulator } from '../../search/simulator.js'
import type { ShownJudgement, ShownProperty } from '../data.js'

/** Runs up to this length have a fair continuation tried after every step; longer ones at their end alone. */
const maxContinuedSteps = 1000

/** What one property says of a run so far. */
interface JudgedProperty {
  readonly property: Property
  readonly notApplicable: string | undefined
  /** Its bit of what fails (`Monitor`); 0 if it is judged alone. */
  readonly bit: number
  readonly history: ShownJudgement[]
  /** Bits of the witness seen so far. */
  seen: number
  /** The number of steps after which all of it was seen. */
  seenAt?: number
}

/** Judges every property after each step of a run, as a search does. */
export class RunMonitor {
  private readonly judgedProperties: readonly JudgedProperty[]
  private readonly monitor: Monitor
  private readonly isEndTried: (number: number) => boolean

  /** @param asked the property that the run is about, which is judged wherever it is */
  constructor(
    private readonly simulator: Simulator,
    properties: readonly Property[],
    asked: string,
    length: number,
  ) {
    this.isEndTried = (number) => length <= maxContinuedSteps || number === length
    const { machine } = simulator
    this.monitor = new Monitor(machine, properties.slice(0, Monitor.maxProperties))
    this.judgedProperties = properties.map((property, index) => {
      const notApplicable = property.name === asked ? undefined : whyNot(machine, property)
      const isTogether = index < Monitor.maxProperties && property.notOn?.(machine) === undefined
      return { property, notApplicable, bit: isTogether ? 1 << index : 0, history: [], seen: 0 }
    })
  }

  /** Judges the present state. The continuation comes last: to try it overwrites what the step reported. */
  note(number: number): void {
    const { machine: m, state: s } = this.simulator
    const failed = this.monitor.fails(m, s)
    for (const judging of this.judgedProperties) {
      const { property, notApplicable, bit } = judging
      if (notApplicable !== undefined) continue
      if (number > 0) judging.seen |= property.witnessBits(m, s)
      if (judging.seen === property.fullWitness) judging.seenAt ??= number
      if (property === conversionEnds) continue
      const holds = bit !== 0 && (failed & bit) === 0
      this.keep(judging, number, holds ? undefined : failureOf(m, s, property))
    }
    const ends = this.judgedProperties.find(({ property }) => property === conversionEnds)
    if (ends?.notApplicable !== undefined || ends === undefined || !this.isEndTried(number)) return
    if (this.simulator.workingCopy() !== s) this.keep(ends, number, endFailure(this.simulator, conversionEnds))
  }

  /** A step that violates a property leaves the run in violation; only a conversion may yet come to its end. */
  private keep({ property, history }: JudgedProperty, number: number, failure: PropertyFailure | undefined): void {
    const before = history.at(-1)
    if (failure === undefined) {
      if (property === conversionEnds && before?.why !== undefined) history.push({ number })
      return
    }
    const { why, rule, gfn } = failure
    const isSame = before?.why === why || (property === conversionEnds && before?.why !== undefined)
    if (!isSame) history.push({ number, why, rule: rule.id, ...(gfn < 0 ? {} : { page: gfn }) })
  }

  shown(): ShownProperty[] {
    return this.judgedProperties.map(({ property, notApplicable, history, seenAt }) => ({
      name: property.name,
      statement: property.statement,
      clauses: property.clauses.map(({ rule }) => rule.id),
      witness: property.witness,
      notApplicable,
      seenAt,
      history,
    }))
  }
}

/** Why nothing on a machine can violate a property; undefined if something can. */
function whyNot(machine: Machine, { notOn, parts, needsFailures }: Property): string | undefined {
  const reason = notOn?.(machine)
  if (reason !== undefined) return reason
  const missing = parts.filter((part) => !machine.parts[part])
  if (missing.length > 0) return `the machine has no ${missing.join(' and no ')}, without which nothing violates it`
  if (needsFailures === true && machine.scope.failures === 0) return 'the scope lets nothing fail (failures=0)'
  return undefined
}
