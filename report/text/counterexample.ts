import { counted } from '../../base/plural.js'
import { kindOf, relation } from '../../model/actions/relation.js'
import type { Actor } from '../../model/actions/row.js'
import { type Trace, writeTrace } from '../../search/trace.js'
import { columnsOfTrace } from '../columns/columns.js'
import { replayText } from './command.js'
import type { Judged } from './judged.js'
import { machineOf } from './machine.js'
import type { Paint } from './paint.js'

/** A counterexample in columns under its property and machine, with how to replay it; [] where the verdict has none. */
export function counterexampleText({ verdict, saved }: Judged, paint: Paint): string[] {
  const { trace, property } = verdict
  if (trace === undefined) return []
  const title = paint.bold(`  ${property}, ${machineOf(verdict)}`)
  const kept = saved?.ok === true ? `  replay: ${replayText(trace, saved.value)}` : unsaved(writeTrace(trace))
  return [`${title}\n  ${takenText(trace)}\n\n${columnsOfTrace(trace)}\n\n${kept}`]
}

/** How many actions of a counterexample a device or the IOMMU takes; the others are steps of the host and its guest. */
export const takenText = ({ steps }: Pick<Trace, 'steps'>): string =>
  `${counted(steps.length, 'action')}, ${deviceActions({ steps })} of them taken by a device or the IOMMU`

/** The counterexample from which a reader learns most at first sight: the shortest in which a DMA is issued and translated. */
export function exampleOf(judged: readonly Judged[]): Judged | undefined {
  const length = ({ verdict: { trace } }: Judged) => trace?.steps.length ?? 0
  const found = judged.filter(({ verdict }) => verdict.trace !== undefined).sort((a, b) => length(a) - length(b))
  return found.find(({ verdict: { trace } }) => trace !== undefined && deviceActions(trace) > 1) ?? found[0]
}

const deviceActions = ({ steps }: Pick<Trace, 'steps'>): number =>
  steps.filter(({ action }) => {
    const kind = kindOf(action.kind)
    return kind !== undefined && deviceSide.includes(relation[kind].actor)
  }).length

const deviceSide: readonly Actor[] = ['device', 'iommu']

const unsaved = (text: string): string => `  not saved; this is the trace:\n\n${text.trimEnd()}`
