import { z } from 'zod'
import type { Divergence } from '../../conform/oracle/check.js'
import type { Report } from '../../conform/runner/report.js'
import { answerText, lastCall, protocolCallText, seenText } from '../text/divergence.js'

const count = z.number().int().min(0)
const calls = z.array(z.string())
const why = z.string().describe('the reason')
const file = z.string().describe('the file')

const allowedSchema = z.strictObject({
  platform: z.string().describe('on this platform'),
  answer: z.string().describe('the reply that the model allows'),
  rules: z.array(z.string()).describe('ids of the rules behind it'),
})

/** What a divergence is, whatever met it. */
export const divergenceFields = {
  call: z.string().describe('the call that was answered wrongly'),
  seen: z.string().describe('its reply, or what came instead'),
  allowed: z.array(allowedSchema).describe('the replies that the model allows'),
  setting: z.record(z.string(), z.union([z.string(), z.number()])).describe('parameters of the reset of the run'),
  run: calls.describe('the calls up to that one'),
  earlier: z.array(calls).describe('calls that its process has to be asked before, sequence by sequence'),
}

const divergenceSchema = z.strictObject({
  ...divergenceFields,
  times: count.describe('how often one of this kind was met'),
  shrunk: z.boolean().describe('whether shrinking tried everything'),
  reproduces: z
    .enum(['in isolation', 'order-dependent', 'unknown'])
    .describe('a fresh process shows it by this run; only a process that was asked others first; none was asked'),
  before: calls.describe('names of the sequences that its process was asked just before'),
  trace: z.string().nullable().describe('path of the saved transcript'),
})

type DivergenceJson = Pick<z.infer<typeof divergenceSchema>, keyof typeof divergenceFields>

/** What `conform --json` prints. */
export const conformSchema = z.strictObject({
  target: z.string().describe('the target, by its own name'),
  interface: z.string().describe('the interface that was asked'),
  platforms: z.array(z.string()).describe('the platforms that it may be'),
  sequences: count.describe('sequences of calls that were asked'),
  calls: count.describe('calls in them'),
  divergences: z.array(divergenceSchema).describe('one entry a kind of divergence'),
  boundary: z
    .strictObject({
      cases: count.describe('its cases'),
      leftOut: z
        .array(z.strictObject({ why, cases: count.describe('how many were left out for it') }))
        .describe('cases that were not asked'),
    })
    .describe('the fixed list of boundary cases'),
  refused: z.array(z.strictObject({ file, why })).describe('saved transcripts that the target cannot be asked'),
  litmus: z
    .strictObject({
      files: count.describe('its tests'),
      unsaid: z.array(z.strictObject({ file, why })).describe('tests that the interface cannot express'),
    })
    .describe('the catalogue of litmus tests'),
  first: z
    .strictObject({
      seconds: z.number().describe('seconds since the run began'),
      sequences: count.describe('sequences asked by then, this one included'),
      from: z.string().describe('the name of the sequence'),
    })
    .nullable()
    .describe('when the first divergence was met, before it was shrunk'),
  seconds: z.number().describe('time of the run'),
  cut: z.string().nullable().describe('why it ended before its time'),
})

/** The fields of a divergence. */
export function divergenceJson({ sequence, seen, allowed }: Divergence): DivergenceJson {
  const run = sequence.calls.map(protocolCallText)
  return {
    call: lastCall(run),
    seen: seenText(seen),
    allowed: allowed.map(({ platform, answer, rules }) => {
      return { platform, answer: answerText(answer), rules: rules.map(({ id }) => id) }
    }),
    setting: { ...sequence.setting } as Record<string, string | number>,
    run,
    earlier: (sequence.earlier ?? []).map(({ calls }) => calls.map(protocolCallText)),
  }
}

/** @param paths of the saved transcripts, in the order of the divergences; null for one that could not be saved */
export function conformJson(report: Report, paths: readonly (string | null)[]): string {
  const { target, interface: on, platforms, sequences, calls, boundary, refused, litmus, seconds, cut } = report
  const divergences = report.divergences.map(({ divergence, isShrunk, reproduces, before, times }, index) => ({
    ...divergenceJson(divergence),
    times,
    shrunk: isShrunk,
    reproduces,
    before: [...before],
    trace: paths[index] ?? null,
  }))
  const asked = {
    boundary: { cases: boundary.cases, leftOut: [...boundary.leftOut] },
    refused: [...refused],
    litmus: { files: litmus.files, unsaid: [...litmus.unsaid] },
  }
  const first = report.first ?? null
  const whole: z.infer<typeof conformSchema> = {
    target,
    interface: on,
    platforms: [...platforms],
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
