import { ok, problemText, type Result } from '../base/result.js'
import { beginsDma } from '../model/actions/relation.js'
import { pathNames } from '../properties/paths.js'
import { byPlace, type ColumnActor, nameOf } from '../report/columns/actor.js'
import { type ActorLine, narrate } from '../report/columns/narrate.js'
import { machineOf } from '../report/text/machine.js'
import { builtIn } from '../search/catalogue/catalogue.js'
import type { RecordedStep, StepEffects } from '../search/step-effects.js'
import { isSeenByDevice } from '../search/step-subject.js'
import type { Trace } from '../search/trace.js'
import type { ShownChange, ShownMap, ShownRun, ShownStep } from './data.js'
import { type Folded, foldCourse } from './map/fold.js'
import { loopOf } from './map/loop.js'
import { isSaid } from './map/touched.js'
import { replayOf } from './replay/replay.js'

/**
 * A trace as a run of the page. All is as recorded, but for what `replay` says: there the model takes the steps again.
 *
 * @param catalogue what the names of the trace mean
 */
export function runOfTrace(name: string, trace: Trace, catalogue = builtIn): Result<ShownRun> {
  const folded = foldCourse(trace)
  if (!folded.ok) return folded
  const replayed = replayOf(trace, catalogue)
  const { header, steps, continuation = [] } = trace
  const all = [...steps, ...continuation]
  const lines = narrate(all, header.setup.scope)
  const actors = actorsOf(lines)
  return ok({
    name,
    about: machineOf(header.setup),
    property: header.property,
    why: header.why,
    end: `${header.property} is violated`,
    start: 'the guest starts to run',
    broken: header.broken,
    ...placeOf(trace),
    actors: actors.map((actor) => nameOf(actor, false)),
    steps: all.map((step, index) => shownStep(step, lines[index], actors)),
    taken: steps.length,
    loop: loopOf(trace),
    map: shownMap(folded.value),
    replay: replayed.ok ? replayed.value : problemText(replayed.problem),
  })
}

export const shownMap = ({ layers, rows, histories }: Folded): ShownMap => ({
  layers: layers.map(({ key, title, says }) => ({ key, title, says })),
  rows,
  histories,
})

/** The layer of each path from a device to a frame; the rest of `pathNames` has none. */
const pathLayers: Readonly<Partial<Record<(typeof pathNames)[number], string>>> = {
  'the tables': 'iommu',
  'the paging-structure cache': 'walk',
  'the IOTLB': 'iotlb',
  'a device TLB': 'devtlb',
  'a DMA in flight': 'dma',
}

/** Where the property is violated: at the page that the trace names, or at the one whose DMA the last step blocks. */
function placeOf({ header, steps }: Trace): Pick<ShownRun, 'page' | 'through'> {
  const last = steps.at(-1)
  if (header.page !== undefined || last?.effects?.dma?.end !== 'blocked') {
    return { page: header.page, through: throughOf(header.why) }
  }
  const { device } = last.action
  const issued = steps.findLast(({ action }) => beginsDma(action.kind) && action.device === device)
  const gfn = issued?.action.gfn
  return typeof gfn === 'number' ? { page: gfn, through: ['iommu'] } : { through: [] }
}

/** The layers of the paths that a property names where it says what is wrong. */
const throughOf = (why: string): string[] =>
  pathNames.flatMap((name) => (why.includes(`through ${name}`) ? (pathLayers[name] ?? []) : []))

/** The actors of a run, in the order of their columns. */
export function actorsOf(lines: readonly ActorLine[]): ColumnActor[] {
  const known = new Map(lines.map(({ actor }) => [`${actor.role} ${actor.index}`, actor]))
  return [...known.values()].sort(byPlace)
}

/** Index of the column of an actor; -1 if it has none. */
export const columnOf = (actors: readonly ColumnActor[], actor: ColumnActor): number =>
  actors.findIndex((known) => byPlace(known, actor) === 0)

function shownStep(step: RecordedStep, line: ActorLine | undefined, actors: readonly ColumnActor[]): ShownStep {
  const { action, outcome, rule, effects } = step
  return {
    actor: line === undefined ? 0 : columnOf(actors, line.actor),
    kind: action.kind,
    text: line?.text ?? action.kind,
    outcome,
    rule,
    facts: effects === undefined ? [] : factsOf(effects),
    isSeen: effects === undefined || isSeenByDevice(effects),
    others: othersOf(effects?.changed ?? {}),
  }
}

const conversionFacts = {
  done: 'The guest is told that its conversion is done.',
  refused: 'The guest is told that its conversion is refused.',
  retry: 'The guest is told to retry the rest of its conversion.',
  stopped: 'The VM is stopped instead of an answer.',
} as const

function factsOf({ dma, conversion, callFailed, hostDied }: StepEffects): string[] {
  const rule = callFailed?.rule === undefined ? '' : ` by the rule ${callFailed.rule}`
  return [
    ...(dma === undefined ? [] : [dmaFact(dma)]),
    ...(conversion === undefined ? [] : [conversionFacts[conversion]]),
    ...(callFailed === undefined ? [] : [`A call of the driver fails${rule}.`]),
    ...(hostDied === undefined ? [] : ['The host takes a machine check.']),
  ]
}

const owners = {
  free: 'which is free',
  host: 'of the host',
  private: 'of the TD',
  removed: 'that was taken from the TD',
}
const records = {
  written: 'the fault is recorded',
  none: 'the fault is not recorded',
  suppressed: 'a rule suppresses its record',
} as const

function dmaFact(dma: NonNullable<StepEffects['dma']>): string {
  if (dma.end === 'blocked') return `The DMA is blocked, ${dma.reason}; ${records[dma.record]}.`
  const frame = `frame ${dma.frame}, ${owners[dma.owner]}`
  return dma.end === 'translated' ? `The DMA is translated to ${frame}.` : `The DMA reaches ${frame}.`
}

/** What the map does not show, neighbours together. */
function othersOf(changed: StepEffects['changed']): ShownChange[] {
  return Object.entries(changed).flatMap(([view, entries]) => {
    if (isSaid(view)) return []
    const groups: [string, number, number, number, number][] = []
    for (const [index, before, after] of entries) {
      const last = groups.at(-1)
      const isAlike = last !== undefined && last[2] === index - 1 && last[3] === before && last[4] === after
      if (isAlike) last[2] = index
      else groups.push([view, index, index, before, after])
    }
    return groups
  })
}
