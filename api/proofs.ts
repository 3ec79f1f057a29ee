import type { Result } from '../base/result.js'
import type { Property } from '../properties/index.js'
import { type CheckedMachine, catalogueOf, type DesignQuestion, smallestMachines } from '../search/check/machines.js'
import { emptyVerdict, type Verdict } from '../search/verdict.js'
import type { Budget } from './budget.js'
import { prove } from './explore.js'

/** The searches of all states of one suite: properties that need the same of a machine are judged by one of them. */
export class Proofs {
  private readonly machines: readonly CheckedMachine[]
  private readonly done = new Map<CheckedMachine, Result<readonly Verdict[]>>()

  constructor(
    private readonly question: DesignQuestion,
    private readonly budget: Budget,
  ) {
    this.machines = machinesOf(question)
  }

  /** The sizes and limits within which a property is judged, in a few words. */
  scopeOf(property: Property): string {
    return emptyVerdict(this.machineOf(property).setup, property, 'held', '', 0).scope
  }

  verdictOf(property: Property): Result<Verdict> {
    const machine = this.machineOf(property)
    const known = this.done.get(machine) ?? this.search(machine)
    if (!known.ok) return known
    const verdict = known.value.find((one) => one.property === property.name)
    if (verdict === undefined) throw new Error(`a search of all states says nothing of ${property.name}`)
    return { ok: true, value: verdict }
  }

  private search(machine: CheckedMachine): Result<readonly Verdict[]> {
    const share = this.budget.take(machine.properties.length)
    const verdicts = prove(this.question, machine, { time: Number.isFinite(share) ? share : undefined })
    this.done.set(machine, verdicts)
    return verdicts
  }

  private machineOf({ name }: Property): CheckedMachine {
    const machine = this.machines.find(({ properties }) => properties.includes(name))
    if (machine === undefined) throw new Error(`there is no machine for ${name}`)
    return machine
  }
}

/**
 * Machines on which a search of all states ends within a test. A design that has a pool of its own in the first
 * superpage has nothing private in one superpage: it keeps its sizes.
 */
function machinesOf(question: DesignQuestion): readonly CheckedMachine[] {
  const { design, properties } = question
  const all = catalogueOf(question).propertiesNamed(properties)
  const sized = (asked: readonly Property[], vcpus: number): CheckedMachine[] => {
    const sizes = design.bootRequest === true ? { vcpus } : { pages: 2, pagesPerSuperpage: 2, vcpus }
    const scope = { ...sizes, ...design.scope, ...question.scope }
    return smallestMachines({ ...question, scope, properties: asked.map(({ name }) => name) })
  }
  const needsGuest = ({ parts }: Property): boolean => parts.includes('secureEpt')
  return [
    ...sized(
      all.filter((one) => !needsGuest(one)),
      2,
    ),
    ...sized(all.filter(needsGuest), 1),
  ]
}
