import { counted } from '../../base/plural.js'
import { ok, type Result, refuse, within } from '../../base/result.js'
import { automatonOf } from '../../export/dot/automaton.js'
import { automatonDot } from '../../export/dot/automaton-dot.js'
import { graphDot, readableStates } from '../../export/dot/graph-dot.js'
import { stateGraph } from '../../export/dot/state-graph.js'
import { machineOf } from '../../report/text/machine.js'
import { saveText } from '../../search/archive/save.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { type ExplorationSpec, judgedBy, type ModelExplorationSpec } from '../../search/exhaustive/exploration-spec.js'
import { buildMachine } from '../../search/machine-config.js'
import { Simulator } from '../../search/simulator.js'

export interface GraphOptions {
  readonly graph?: string
  readonly automaton?: string
}

/** States of which an automaton is made, at most. */
const maxStates = 20_000

/** Writes the state graph, and the automaton, of the one machine that is asked for. @returns a line about each */
export function writeGraphs(
  specs: readonly ExplorationSpec[],
  { graph, automaton }: GraphOptions,
  catalogue: Catalogue,
): Result<readonly string[]> {
  if (graph === undefined && automaton === undefined) return ok([])
  const [spec] = specs
  const flag = graph === undefined ? '--automaton' : '--graph'
  if (spec === undefined || spec.kind === 'b1' || specs.length > 1) {
    return refuse(`${flag}: found ${counted(specs.length, 'machine')}, expected one`, {
      remedy:
        'Name a driver, a backing and a property: --driver type1v2 --scope backing=separate --property no-stale-frame',
    })
  }
  const lines: string[] = []
  for (const [path, write] of [[graph, graphOf] as const, [automaton, eventsOf] as const]) {
    if (path === undefined) continue
    const written = write(spec, catalogue)
    if (!written.ok) return within(path === graph ? '--graph' : '--automaton', written.problem)
    const saved = saveText(written.value.text, path, 'the graph')
    if (!saved.ok) return saved
    lines.push(`${written.value.says}: ${path}`)
  }
  return ok(lines)
}

interface Written {
  readonly text: string
  readonly says: string
}

function graphOf(spec: ModelExplorationSpec, catalogue: Catalogue): Result<Written> {
  const found = searched(spec, catalogue, readableStates)
  if (!found.ok) return found
  const { states, edges } = found.value
  const says = `graph of ${counted(states, 'state')} and ${counted(edges.length, 'step')}`
  return ok({ text: graphDot(machineOf(spec.setup), found.value), says })
}

function eventsOf(spec: ModelExplorationSpec, catalogue: Catalogue): Result<Written> {
  const found = searched(spec, catalogue, maxStates)
  if (!found.ok) return found
  const automaton = automatonOf(found.value)
  if (automaton.events.length === 0) return refuse('no run of the machine has an event that a host can see')
  const { states, events } = automaton
  const says = `automaton of ${counted(states.length, 'state')} and ${counted(events.length, 'event')}`
  return ok({ text: automatonDot(automaton), says })
}

function searched(spec: ModelExplorationSpec, catalogue: Catalogue, most: number) {
  const built = buildMachine(spec.setup, catalogue)
  return built.ok ? stateGraph(new Simulator(built.value.machine), judgedBy(spec, catalogue), most) : built
}
