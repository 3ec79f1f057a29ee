import { counted } from '../../base/plural.js'
import type { Found, FoundAt, Report } from '../../conform/runner/report.js'
import { mailWidth, wrap } from '../columns/wrap.js'
import { divergenceText } from './divergence.js'
import type { Paint } from './paint.js'

/** `14 sequences, 420 calls` */
export const sumsText = ({ sequences, calls }: Report): string =>
  `${counted(sequences, 'sequence')}, ${counted(calls, 'call')}`

/**
 * The report for people: each kind of divergence with the command that asks it again, then the sums.
 *
 * @param replays those commands, in the order of the divergences; null for one that could not be saved
 */
export function conformText(report: Report, replays: readonly (string | null)[], paint: Paint): string {
  const { target, interface: on, platforms, calls, seconds, divergences } = report
  const each = divergences.flatMap((found, index) => [
    paint.verdict('violated', `divergence ${index + 1}: ${found.divergence.sequence.from}`),
    divergenceText(found.divergence),
    ...standing(found),
    ...(replays[index] == null ? [] : [whereKept(found, replays[index])]),
    '',
  ])
  const rate = seconds > 0 ? ` (${Math.round(calls / seconds)} calls/s)` : ''
  const sums = `${sumsText(report)} in ${seconds.toFixed(1)} s${rate}`
  const verdict =
    divergences.length === 0
      ? paint.verdict('none-found', 'no divergence')
      : paint.verdict('violated', `${counted(divergences.length, 'kind')} of divergence`)
  const whole = `${target} on ${on}, checked against ${platforms.join(' or ')}: ${verdict}; ${sums}`
  return [...each, whole, ...firstLines(report), ...askedLines(report), ''].join('\n')
}

function firstLines({ first }: Report): string[] {
  return first === undefined ? [] : [`first divergence: ${foundAtText(first)}`]
}

/** `after 2.1 s, 14 sequences, in boundary map: overlap` */
export const foundAtText = ({ seconds, sequences, from }: FoundAt): string =>
  `after ${seconds.toFixed(1)} s, ${counted(sequences, 'sequence')}, in ${from}`

/** How often it was met, and what its run is worth by itself. */
function standing({ divergence, isShrunk, reproduces, before, times }: Found): string[] {
  const met = `  met ${counted(times, 'time')}`
  const cut = isShrunk ? '' : '; not fully shrunk: the limit of time or of tries was reached'
  if (reproduces === 'in isolation') return [met + cut]
  if (reproduces === 'unknown')
    return [`${met}; not shrunk: no fresh process was asked (no time left, or none started)`]
  if (divergence.sequence.earlier !== undefined) return [`${met + cut}; only after the calls before the last reset`]
  return [
    `${met}; only after earlier sequences: a fresh process answers this run rightly, so it is not shrunk`,
    ...wrap(`asked just before, on the same process: ${before.join(', ') || 'nothing'}`, mailWidth, '  ', '  '),
  ]
}

/** A run that no fresh process shows is saved, too: the file has the replies as they came. */
function whereKept({ divergence, reproduces }: Found, replay: string): string {
  const isShown = reproduces !== 'order-dependent' || divergence.sequence.earlier !== undefined
  return `  ${isShown ? 'replay' : 'kept, to be looked at'}: ${replay}`
}

/** What of the lists was asked, and what not: a pass says no more than that. */
function askedLines({ interface: on, boundary, refused, litmus, cut }: Report): string[] {
  const left = boundary.leftOut.reduce((sum, { cases }) => sum + cases, 0)
  const said = litmus.files - litmus.unsaid.length
  return [
    ...(left === 0 ? [] : [`fixed list: ${left} of ${boundary.cases} cases were left out:`]),
    ...boundary.leftOut.map(({ why, cases }) => `  ${cases}: ${why}`),
    ...refused.map(({ file, why }) => `kept, and not asked: ${file}: ${why}`),
    `litmus catalogue: ${said} of ${litmus.files} tests can be said on ${on}; --json lists the others`,
    ...(cut === undefined ? [] : [`ended early: ${cut}`]),
  ]
}
