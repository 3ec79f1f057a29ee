import { ok, type Result } from '../../base/result.js'
import { type MachineConfigInput, setupText } from '../machine-config.js'
import { checkMachine, type Verdict } from '../verdict.js'
import { type Configuration, configurations } from './configurations.js'
import { machineIn, type Question } from './machines.js'
import { type SmallSearch, searchSmall, smallSetup } from './small-search.js'

/** A violation, and the name of the configuration in which it was found. */
export interface Elsewhere {
  readonly configuration: string
  readonly verdict: Verdict
}

export interface WalkOptions {
  readonly seed: number
  /** Random runs in each configuration. */
  readonly runs: number
  /** Actions of a run, at most. */
  readonly length: number
  readonly small: SmallSearch
}

const others: readonly Configuration[] = configurations.filter(({ name }) => name !== 'plain')

/**
 * Searches every configuration but the plain one, in this thread, for what no earlier one violates. The design need not
 * be in the catalogue.
 *
 * @returns the first violation of each property, by its name
 */
export function walkConfigurations(question: Question, options: WalkOptions): Result<ReadonlyMap<string, Elsewhere>> {
  const found = new Map<string, Elsewhere>()
  for (const configuration of others) {
    const open = question.properties.filter((name) => !found.has(name))
    const machine = machineIn({ ...question, properties: open }, configuration)
    if (machine === undefined) continue
    const judged = judge(question, machine.setup, machine.properties, options)
    if (!judged.ok) return judged
    for (const verdict of judged.value) {
      if (verdict.verdict === 'violated') found.set(verdict.property, { configuration: configuration.name, verdict })
    }
  }
  return ok(found)
}

/** The machines of a walk, as `setupText` writes them: those of the configurations, and their small ones. */
export const walkedSetups = (question: Question): ReadonlySet<string> =>
  new Set(
    others.flatMap((configuration) => {
      const setup = machineIn(question, configuration)?.setup
      return setup === undefined ? [] : [setup, smallSetup(setup)].map(setupText)
    }),
  )

function judge(
  { design }: Question,
  setup: MachineConfigInput,
  names: readonly string[],
  { small, ...options }: WalkOptions,
): Result<readonly Verdict[]> {
  const first = searchSmall(setup, names, small, [design])
  if (!first.ok) return first
  const violated = first.value.map(({ property }) => property)
  const rest = names.filter((name) => !violated.includes(name))
  const drawn = checkMachine(setup, rest, { ...options, shorten: 1 }, [design])
  return drawn.ok ? ok([...first.value, ...drawn.value]) : drawn
}
