import { z } from 'zod'
import { ok, problemText, type Result, refuse } from '../../base/result.js'
import type { Divergence } from '../oracle/check.js'
import type { Allowed } from '../oracle/explain.js'
import { answerFields } from '../oracle/oracle.js'
import { allRules } from '../oracle/rule-evidence.js'
import { answerSchema } from '../protocol/messages.js'
import { schemaError } from '../protocol/schema-error.js'
import { earlierRequests, requestsOf } from '../protocol/sequence.js'
import { failureNames } from '../protocol/target.js'
import { readTranscript, type Transcript } from '../protocol/transcript.js'
import type { Met } from './report.js'

const allowedSchema = z.strictObject({
  platform: z.string().describe('on this platform'),
  answer: z
    .looseObject({ outcome: z.string().describe('ok, or the name of an errno or a status') })
    .describe('the reply that the model allows, with the fields of a reply in the protocol'),
  field: z.string().optional().describe('the field in which the two differ'),
  why: z.string().describe('why that field could only be what it is'),
  rules: z.array(z.string()).describe('ids of the rules behind it'),
})

/** A divergence in a result of a cell: its transcript, and the replies that the model allows. */
export const storedDivergenceSchema = z.strictObject({
  transcript: z.string().describe('the calls and the replies: the text of a transcript'),
  from: z.string().describe('the name of the sequence'),
  earlier: z.array(z.string()).describe('names of the sequences that its process has to be asked before'),
  failure: z
    .strictObject({
      kind: z.enum(failureNames).describe('how the target failed'),
      message: z.string().describe('where, what was found, what was expected'),
      stderr: z.string().describe('the last part of its stderr'),
    })
    .nullable()
    .describe('what came instead of the last reply'),
  allowed: z.array(allowedSchema).describe('the replies that the model allows'),
})
export type StoredDivergence = z.infer<typeof storedDivergenceSchema>

/** A kind of divergence in a result of a cell. */
export const storedMetSchema = z.strictObject({
  kinds: z.array(z.string()).describe('keys: what has one of them in another cell is the same kind'),
  divergence: storedDivergenceSchema.describe('the first of the kind'),
  shrunk: z.boolean().describe('whether shrinking tried everything'),
  reproduces: z.enum(['in isolation', 'order-dependent', 'unknown']).describe('what shows it, as conform prints it'),
  before: z.array(z.string()).describe('names of the sequences that its process was asked just before'),
  times: z.number().int().min(1).describe('how often one of this kind was met'),
})
export type StoredMet = z.infer<typeof storedMetSchema>

/** A divergence as a result has it; `readDivergence` reads it. @param transcript its text */
export function storedDivergence({ sequence, seen, allowed }: Divergence, transcript: string): StoredDivergence {
  const { from, earlier = [] } = sequence
  return {
    transcript,
    from,
    earlier: earlier.map((one) => one.from),
    failure: 'kind' in seen ? { kind: seen.kind, message: seen.message, stderr: seen.stderr } : null,
    allowed: allowed.map(({ rules, answer, ...one }) => ({
      ...one,
      answer: { ...answer },
      rules: rules.map(({ id }) => id),
    })),
  }
}

/** The divergence that was stored; refused if its transcript cannot be read, or a rule is none. */
export function readDivergence({ transcript, allowed, ...stored }: StoredDivergence): Result<Divergence> {
  const read = readTranscript(transcript, stored.from)
  if (!read.ok) return refuse(`its transcript: ${problemText(read.problem)}`)
  const unknown = allowed.flatMap(({ rules }) => rules).find((id) => !allRules.has(id))
  if (unknown !== undefined) return refuse(`there is no rule "${unknown}"`)
  const named: Allowed[] = []
  for (const { rules, field: name, answer: text, ...one } of allowed) {
    const answer = answerSchema.safeParse(text)
    if (!answer.success) return refuse(`an allowed reply: ${schemaError(text, answer.error)}`)
    const field = answerFields.find((known) => known === name)
    if (name !== undefined && field === undefined) return refuse(`a reply has no field "${name}"`)
    const more = field === undefined ? {} : { field }
    named.push({ ...one, ...more, answer: answer.data, rules: rules.flatMap((id) => allRules.get(id) ?? []) })
  }
  const replied = withReplies(read.value, stored)
  return replied === undefined ? refuse('its transcript ends without a reply') : ok({ ...replied, allowed: named })
}

/** The replies, each in its place: of earlier sequences, of calls before the last one, and the one that is wrong. */
function withReplies(
  { sequence: { earlier, ...own }, answers: replies }: Transcript,
  { earlier: names, failure }: Pick<StoredDivergence, 'earlier' | 'failure'>,
): Omit<Divergence, 'allowed'> | undefined {
  const all = earlier?.map((one, at) => ({ ...one, from: names[at] ?? one.from }))
  const sequence = all === undefined ? own : { ...own, earlier: all }
  const before = earlierRequests(sequence)
  const [first, ...rest] = replies.slice(before)
  // where the reset itself was answered wrongly there is no reply behind it
  const body = own.calls.length === 0 ? [first] : rest
  const asked = requestsOf(sequence).length - before - 1
  const answers = body.slice(0, Math.max(0, asked - 1)).filter((one) => one !== undefined)
  const seen = failure ?? body.at(-1)
  if (seen === undefined) return undefined
  return { sequence, answers, seen, ...(before === 0 ? {} : { earlierAnswers: replies.slice(0, before) }) }
}

export function storedMet({ kinds, found }: Met, transcript: string): StoredMet {
  const { divergence, isShrunk: shrunk, reproduces, before, times } = found
  const stored = storedDivergence(divergence, transcript)
  return { kinds: [...kinds], divergence: stored, shrunk, reproduces, before: [...before], times }
}

export function readMet({ kinds, divergence, shrunk, ...rest }: StoredMet): Result<Met> {
  const read = readDivergence(divergence)
  return read.ok ? ok({ kinds, found: { divergence: read.value, isShrunk: shrunk, ...rest } }) : read
}
