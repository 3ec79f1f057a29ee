import { counted } from '../../../base/plural.js'
import { plainLine } from '../../../base/visible.js'
import { leastSearched, unseenText } from '../../../search/random/unseen.js'
import type { Verdict } from '../../../search/verdict.js'
import type { StepLines } from '../../columns/columns.js'
import { type Judged, signs, verdictCounts } from '../judged.js'
import { machineOf } from '../machine.js'
import type { Paint } from '../paint.js'
import { counterexampleText } from './counterexample.js'

/** What `check` says: a block per machine, a line per property, each counterexample in columns and how to replay it. */
export function verdictsText(judged: readonly Judged[], paint: Paint, shown?: StepLines): string {
  if (judged.length === 0) return 'no verdicts\n'
  const blocks = groups(judged).map((group) => block(group, paint, shown))
  const drawn = judged.filter(({ verdict }) => verdict.states === undefined)
  const seeds = [...new Set(drawn.map(({ verdict }) => verdict.seed))].join(', ')
  const verdicts = judged.map(({ verdict }) => verdict)
  const drawnFrom = seeds === '' ? '' : `; seed ${seeds}`
  const sum = `${counted(verdicts.length, 'verdict')}: ${verdictCounts(verdicts)}${drawnFrom}`
  return `${[...blocks, sum].join('\n\n')}\n`
}

function groups(judged: readonly Judged[]): Judged[][] {
  const byMachine = new Map<string, Judged[]>()
  for (const each of judged) {
    const name = machineOf(askedMachine(each.verdict))
    byMachine.set(name, [...(byMachine.get(name) ?? []), each])
  }
  return [...byMachine.values()]
}

/** A verdict as if it were of the machine that was asked for, and not of another configuration of it. */
const askedMachine = (verdict: Verdict): Verdict => ({ ...verdict, ...verdict.found?.asked })

function block(group: readonly Judged[], paint: Paint, shown?: StepLines): string {
  const [first] = group
  if (first === undefined) return ''
  const asked = askedMachine(first.verdict)
  const lines = group.map((one) => line(one.verdict, asked.scope, paint))
  const head = [paint.bold(machineOf(asked)), paint.dim(asked.scope), ...lines].join('\n')
  return [head, ...sureText(group), ...group.flatMap((one) => counterexampleText(one, paint, shown))].join('\n\n')
}

/** How sure *none-found* is, of what was searched least: the JSON has it of each verdict. */
function sureText(group: readonly Judged[]): string[] {
  const least = leastSearched(group.map(({ verdict }) => verdict))
  if (least === undefined) return []
  return [`  how sure that is, of ${least.property}: ${unseenText(least.unseen)}`]
}

function line(verdict: Verdict, defaults: string, paint: Paint): string {
  const { property, verdict: name, steps, why, found } = verdict
  const where = found === undefined || name === 'violated' ? placeText(verdict, defaults) : ''
  const how = steps === null ? '' : ` in ${counted(steps, 'action')}`
  return `  ${paint.verdict(name, `${signs[name]} ${property.padEnd(20)} ${name}`)}${how}${where}: ${plainLine(why)}`
}

/** The configuration, and how its machine differs from the default one. */
function placeText({ parts, scope, platform, guest, found }: Verdict, defaults: string): string {
  const defaultWords = defaults.split(', ')
  const fields = found === undefined ? [] : platform.split(' ').filter((word) => !found.asked.platform.includes(word))
  const differs = [
    ...parts.map((part) => `with ${part}`),
    ...(found !== undefined && guest !== found.asked.guest ? [`${guest} guest`] : []),
    ...scope.split(', ').filter((word) => !defaultWords.includes(word)),
    ...fields,
  ]
  const configuration = found === undefined ? '' : ` in configuration "${found.configuration}"`
  return `${configuration}${differs.length === 0 ? '' : ` (${differs.join(', ')})`}`
}
