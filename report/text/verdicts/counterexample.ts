import { counted } from '../../../base/plural.js'
import { kindOf, relation } from '../../../model/actions/relation.js'
import type { Actor } from '../../../model/actions/row.js'
import { type Trace, writeTrace } from '../../../search/trace.js'
import { bracketedSteps, columnsOfTrace, type StepLines } from '../../columns/columns.js'
import { replayText } from '../command.js'
import type { Judged } from '../judged.js'
import { machineOf } from '../machine.js'
import type { Paint } from '../paint.js'

/** A counterexample in columns, with how to replay it, or its trace if none is saved; [] if the verdict has none. */
export function counterexampleText(judged: Judged, paint: Paint, shown?: StepLines): string[] {
  const { trace } = judged.verdict
  if (trace === undefined) return []
  return [[...runText(judged, paint, shown), ...(replayLine(judged) ?? [unsaved(writeTrace(trace))])].join('\n\n')]
}

/** The same for text that has all unsaved traces elsewhere. */
export const exampleText = (judged: Judged, paint: Paint): string =>
  [...runText(judged, paint), ...(replayLine(judged) ?? [])].join('\n\n')

function runText({ verdict }: Judged, paint: Paint, shown: StepLines = 'bracketed'): string[] {
  const { trace, property } = verdict
  if (trace === undefined) return []
  const taken = `${takenText(trace)}${shown === 'bracketed' ? inBracketsText(trace) : ''}`
  return [`${paint.bold(`  ${property}, ${machineOf(verdict)}`)}\n  ${taken}`, columnsOfTrace(trace, shown)]
}

function inBracketsText(trace: Trace): string {
  const count = bracketedSteps(trace)
  return count === 0 ? '' : `; ${count} on locks or accounts in brackets`
}

function replayLine({ verdict: { trace }, saved }: Judged): string[] | undefined {
  return trace !== undefined && saved?.ok === true ? [`  replay: ${replayText(trace, saved.value)}`] : undefined
}

/** How many actions of a counterexample a device or the IOMMU takes; the others are steps of the host and its guest. */
export const takenText = ({ steps }: Pick<Trace, 'steps'>): string =>
  `${counted(steps.length, 'action')}, ${deviceActions({ steps })} of them taken by a device or the IOMMU`

/** The counterexample to show first: the shortest in which a DMA is issued and translated, or the shortest. */
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
