import { kindOf, relation } from '../../model/actions/relation.js'
import type { Actor } from '../../model/actions/row.js'
import { type Trace, writeTrace } from '../../search/trace.js'
import type { Verdict } from '../../search/verdict.js'
import { columnsOfTrace } from '../columns/columns.js'
import { type Judged, signs, tally } from './judged.js'
import { machineOf } from './machine.js'
import type { Paint } from './paint.js'
import { plural } from './plural.js'

/** What `check` says: a block a machine, a line a property, each counterexample in columns with how to replay it. */
export function verdictsText(judged: readonly Judged[], paint: Paint): string {
  if (judged.length === 0) return 'no verdicts\n'
  const blocks = groups(judged).map((group) => block(group, paint))
  const drawn = judged.filter(({ verdict }) => verdict.states === undefined)
  const seeds = [...new Set(drawn.map(({ verdict }) => verdict.seed))].join(', ')
  const verdicts = judged.map(({ verdict }) => verdict)
  const drawnFrom = seeds === '' ? '' : `; seed ${seeds}`
  const sum = `${verdicts.length} ${plural(verdicts.length, 'verdict')}: ${tally(verdicts)}${drawnFrom}`
  return `${[...blocks, sum].join('\n\n')}\n`
}

function groups(judged: readonly Judged[]): Judged[][] {
  const byMachine = new Map<string, Judged[]>()
  for (const one of judged) {
    const name = machineOf(one.verdict)
    byMachine.set(name, [...(byMachine.get(name) ?? []), one])
  }
  return [...byMachine.values()]
}

function block(group: readonly Judged[], paint: Paint): string {
  const [first] = group
  if (first === undefined) return ''
  const { verdict } = first
  const lines = group.map((one) => line(one.verdict, verdict.scope, paint))
  const head = [paint.bold(machineOf(verdict)), paint.dim(verdict.scope), ...lines].join('\n')
  return [head, ...group.flatMap((one) => counterexample(one, paint))].join('\n\n')
}

function line(verdict: Verdict, usual: string, paint: Paint): string {
  const { property, verdict: name, parts, scope, steps, why } = verdict
  const defaultWords = usual.split(', ')
  const also = [
    ...parts.map((part) => `with ${part}`),
    ...scope.split(', ').filter((word) => !defaultWords.includes(word)),
  ]
  const where = also.length === 0 ? '' : ` (${also.join(', ')})`
  const how = steps === null ? '' : ` in ${steps} ${plural(steps, 'action')}`
  return `  ${paint.verdict(name, `${signs[name]} ${property.padEnd(20)} ${name}`)}${how}${where}: ${why}`
}

function counterexample({ verdict, saved }: Judged, paint: Paint): string[] {
  const { trace, property } = verdict
  if (trace === undefined) return []
  const title = paint.bold(`  ${property}, ${machineOf(verdict)}`)
  const kept = saved?.ok === true ? `  replay: dmaproof replay ${quoted(saved.value)}` : unsaved(writeTrace(trace))
  return [`${title}\n  ${takenText(trace)}\n\n${columnsOfTrace(trace)}\n\n${kept}`]
}

/** How many actions of a counterexample a device or the IOMMU takes; the others are steps of the host and its guest. */
export function takenText({ steps }: Pick<Trace, 'steps'>): string {
  const taken = steps.filter(({ action }) => {
    const kind = kindOf(action.kind)
    return kind !== undefined && deviceSide.includes(relation[kind].actor)
  })
  const actions = `${steps.length} action${steps.length === 1 ? '' : 's'}`
  return `${actions}, ${taken.length} of them taken by a device or the IOMMU`
}

const deviceSide: readonly Actor[] = ['device', 'iommu']

const unsaved = (text: string): string => `  not saved; this is the trace:\n\n${text.trimEnd()}`

/** A path as a shell takes it. */
export const quoted = (path: string): string =>
  /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
