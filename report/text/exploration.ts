import { counted } from '../../base/plural.js'
import type { Covered, ExploredTarget } from '../../search/exhaustive/explored-target.js'
import { signs } from './judged.js'
import type { Paint } from './paint.js'
import { verdictsText } from './verdicts/verdicts.js'

const number = (count: number): string => Math.round(count).toLocaleString('en-US')

/** What `explore` says: the verdicts of each machine, then what was covered and how fast. */
export function exploredText(targets: readonly ExploredTarget[], paint: Paint): string {
  return targets.map((target) => `${oneText(target, paint)}\n`).join('\n')
}

/** What the bounds left open, of all machines; empty if that is nothing. */
export function leftOpenText(found: readonly ExploredTarget[]): string {
  // a search that has violated all that was asked leaves nothing open, whatever it has not expanded
  const open = found.filter(({ verdict, judged }) =>
    [verdict, ...judged.map((one) => one.verdict.verdict)].includes('inconclusive'),
  )
  const machines = `${open.length} of ${counted(found.length, 'machine')}`
  const isFull = ({ explored }: ExploredTarget) => explored?.isFull === true
  const remedies = [
    ...(open.every(isFull) ? [] : ['--time gives each more seconds']),
    ...(open.some(isFull)
      ? ['--memory or --states gives room for more states, --compress for several times as many']
      : []),
    '--resume continues',
  ]
  return open.length === 0 ? '' : `\nleft open: ${machines}; ${remedies.join('; ')}\n`
}

function oneText(target: ExploredTarget, paint: Paint): string {
  const { spec, judged, verdict, checkpoint, symmetry } = target
  const head =
    spec.kind === 'b1'
      ? `${paint.bold(`b1 N=${spec.scope.N} V=${spec.scope.V} D=${spec.scope.D}`)}\n` +
        `  ${paint.verdict(verdict, `${signs[verdict]} safe ${verdict}`)}\n`
      : verdictsText(judged, paint)
  const more = target.explored?.isFull === true ? 'with more --memory or --states, ' : ''
  const continues = `${more}the same command with --resume continues`
  const kept = checkpoint === undefined ? [] : [`  kept in ${checkpoint}: ${continues}`]
  const alike = symmetry === undefined ? [] : [`  symmetry: ${symmetry}`]
  const covered = target.explored === undefined ? '' : coveredText(target.explored)
  return [head + covered, ...alike, ...fieldsText(target), ...kept].join('\n')
}

function coveredText({ states, expanded, transitions, depth, seconds, bytesPerRecord }: Covered): string {
  const left = states - expanded
  const rate = number(states / Math.max(seconds, 1e-3))
  const notExpanded = left === 0 ? '' : ` (${number(left)} not expanded)`
  return (
    `  ${counted(states, 'state', number)}${notExpanded}, ` +
    `${counted(transitions, 'step', number)}, ` +
    `depth ${depth}, ${seconds.toFixed(2)} s (${rate} states/s), ${bytesPerRecord} bytes a record`
  )
}

function fieldsText({ fields }: ExploredTarget): string[] {
  if (fields === undefined) return []
  const shares = fields.shares.map(
    ({ field, values, factor }) =>
      `  ${field.padEnd(20)} × ${factor.toFixed(2).padStart(7)}   ${counted(values, 'value', number)}`,
  )
  const values = fields.values.map(({ field, most }) => {
    const words = most.map(({ value, states }) => `${value} (${number(states)})`)
    return `  ${field.padEnd(20)} ${words.join(', ')}`
  })
  return [
    '',
    '  What multiplies the states: how many times fewer there would be without the field',
    ...shares,
    '',
    '  The values that most states have, byte by byte',
    ...values,
  ]
}
