import { z } from 'zod'
import type { Found, FoundAt, Report } from '../../conform/runner/report.js'
import { mailWidth, wrap } from '../columns/wrap.js'
import { answerText, callText, divergenceText, seenText } from './divergence.js'
import type { Paint } from './paint.js'
import { plural } from './plural.js'

/** What `conform --json` prints. */
export const conformSchema = z.strictObject({
  target: z.string(),
  interface: z.string(),
  platforms: z.array(z.string()),
  sequences: z.number().int(),
  calls: z.number().int(),
  divergences: z.array(
    z.strictObject({
      /** The call that was answered wrongly, and how. */
      call: z.string(),
      seen: z.string(),
      allowed: z.array(z.strictObject({ platform: z.string(), answer: z.string(), rules: z.array(z.string()) })),
      /** What the run's reset asks for. */
      setting: z.record(z.string(), z.union([z.string(), z.number()])),
      /** The run up to that call. */
      run: z.array(z.string()),
      /** Calls that its process has to be asked before, sequence by sequence. */
      earlier: z.array(z.array(z.string())),
      /** How often one of this kind was met. */
      times: z.number().int(),
      shrunk: z.boolean(),
      /** A fresh process shows it by this run; or only a process that was asked others first; or none was asked. */
      reproduces: z.enum(['in isolation', 'order-dependent', 'unknown']),
      /** What its process was asked just before, by name. */
      before: z.array(z.string()),
      /** Path of the saved transcript. */
      trace: z.string().nullable(),
    }),
  ),
  /** The fixed list, and how many of its cases were left out, by reason. */
  boundary: z.strictObject({
    cases: z.number().int(),
    leftOut: z.array(z.strictObject({ why: z.string(), cases: z.number().int() })),
  }),
  /** Transcripts kept on this interface that the implementation cannot be asked. */
  refused: z.array(z.strictObject({ file: z.string(), why: z.string() })),
  /** Tests of the litmus catalogue, and which of them the interface cannot say. */
  litmus: z.strictObject({
    files: z.number().int(),
    unsaid: z.array(z.strictObject({ file: z.string(), why: z.string() })),
  }),
  /** When the first divergence was met, before it was shrunk. */
  first: z.strictObject({ seconds: z.number(), sequences: z.number().int(), from: z.string() }).nullable(),
  seconds: z.number(),
  /** Why it ended before its time. */
  cut: z.string().nullable(),
})

/** @param paths of the saved transcripts, in the order of the divergences; null for one that could not be saved */
export function conformJson(report: Report, paths: readonly (string | null)[]): string {
  const { target, interface: on, platforms, sequences, calls, boundary, refused, litmus, seconds, cut } = report
  const divergences = report.divergences.map(({ divergence, isShrunk, reproduces, before, times }, index) => ({
    call: lastCall(divergence.sequence.calls.map(callText)),
    seen: seenText(divergence.seen),
    allowed: divergence.allowed.map(({ platform, answer, rules }) => {
      return { platform, answer: answerText(answer), rules: rules.map(({ id }) => id) }
    }),
    setting: divergence.sequence.setting,
    run: divergence.sequence.calls.map(callText),
    earlier: (divergence.sequence.earlier ?? []).map(({ calls }) => calls.map(callText)),
    times,
    shrunk: isShrunk,
    reproduces,
    before: [...before],
    trace: paths[index] ?? null,
  }))
  const asked = { boundary, refused, litmus }
  const first = report.first ?? null
  const whole = {
    target,
    interface: on,
    platforms,
    sequences,
    calls,
    divergences,
    ...asked,
    first,
    seconds,
    cut: cut ?? null,
  }
  return `${JSON.stringify(whole, null, 1)}\n`
}

const sumsText = ({ sequences, calls }: Report): string =>
  `${sequences} ${plural(sequences, 'sequence')}, ${calls} ${plural(calls, 'call')}`

/** One test case a kind of divergence; one that passes if there is none. */
export function conformJunit(report: Report): string {
  const { target, interface: on, seconds, divergences } = report
  const suite = `dmaproof conform ${target} ${on}`
  const whole = sumsText(report)
  const cases = divergences.map(({ divergence }) => {
    const name = `${divergence.sequence.from}: ${lastCall(divergence.sequence.calls.map(callText))}`
    const message = inXml(seenText(divergence.seen))
    const failure = `<failure message="${message}">${inXml(divergenceText(divergence))}</failure>`
    return `    <testcase classname="${inXml(suite)}" name="${inXml(name)}">${failure}</testcase>`
  })
  const passed = `    <testcase classname="${inXml(suite)}" name="${inXml(whole)}"/>`
  const count = `tests="${Math.max(1, cases.length)}" failures="${cases.length}" time="${seconds.toFixed(3)}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${count}>`,
    `  <testsuite name="${inXml(suite)}" ${count}>`,
    ...(cases.length === 0 ? [passed] : cases),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

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
      : paint.verdict('violated', `${divergences.length} ${plural(divergences.length, 'kind')} of divergence`)
  const whole = `${target} on ${on}, checked against ${platforms.join(' or ')}: ${verdict}; ${sums}`
  return [...each, whole, ...firstLines(report), ...askedLines(report), ''].join('\n')
}

function firstLines({ first }: Report): string[] {
  return first === undefined ? [] : [`first divergence: ${foundAtText(first)}`]
}

/** `after 2.1 s, 14 sequences, in boundary map: overlap` */
export const foundAtText = ({ seconds, sequences, from }: FoundAt): string =>
  `after ${seconds.toFixed(1)} s, ${sequences} ${plural(sequences, 'sequence')}, in ${from}`

/** How often it was met, and what its run is worth by itself. */
function standing({ divergence, isShrunk, reproduces, before, times }: Found): string[] {
  const met = `  met ${times} ${plural(times, 'time')}`
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

const lastCall = (calls: readonly string[]): string => calls.at(-1) ?? 'reset'

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const inXml = (text: string): string =>
  // What XML 1.0 cannot hold at all becomes a question mark.
  text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign).replace(/[^\t\n\x20-\ud7ff\ue000-\ufffd]/g, '?')
