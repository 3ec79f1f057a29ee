import { z } from 'zod'
import { counted } from '../../base/plural.js'
import { ok, onLine, type Problem, type Result, refuse, refused } from '../../base/result.js'
import { parsePlatform } from '../../model/machine/platform.js'
import { modelVersion } from '../../search/trace.js'
import {
  type Answer,
  type Call,
  interfaceNames,
  isRace,
  observationNames,
  protocolVersion,
  type Request,
  replySchema,
  requestSchema,
} from './messages.js'
import { schemaError } from './schema-error.js'
import { type RecordedSequence, requestsOf, type Sequence } from './sequence.js'
import { linuxBackings, linuxIommus, type TestSetup } from './setting.js'
import { withoutId } from './target.js'
import { isClosedLast, validateCall } from './validate-call.js'

/** The version of the file's format; the lines in it are those of `protocolVersion`. */
export const transcriptFormat = 1

export const transcriptHeaderSchema = z.strictObject({
  dmaproof: z.literal('transcript'),
  format: z.literal(transcriptFormat),
  protocol: z.literal(protocolVersion),
  model: z.number().int(),
  target: z.string(),
  interface: z.enum(interfaceNames),
  platforms: z.array(z.string()).min(1),
  /** What the implementation promised to observe. */
  observes: z.array(z.enum(observationNames)),
  seed: z.number().int(),
  /** What the shared pages were, of a kernel in QEMU. */
  backing: z.enum(linuxBackings).optional(),
  /** What translated its DMA; VT-d where it is not told. */
  iommu: z.enum(linuxIommus).optional(),
  /** Lines that follow: a shorter file was cut off. */
  lines: z.number().int().min(1),
  /** What the implementation did instead of a reply, and what was wrong. */
  why: z.string(),
})
export type TranscriptHeader = z.infer<typeof transcriptHeaderSchema>

/** A sequence with the replies that an implementation gave to all of its requests, the first reset's first. */
export interface Transcript {
  readonly header: TranscriptHeader
  readonly sequence: Sequence
  readonly answers: readonly Answer[]
}

export type TranscriptAbout = Pick<
  TranscriptHeader,
  'target' | 'platforms' | 'observes' | 'seed' | 'backing' | 'iommu' | 'why'
>

/** A divergence as the lines that went over the wire, behind a header. */
export function writeTranscript(
  { sequence, answers, earlierAnswers = [], seen }: RecordedSequence,
  about: TranscriptAbout,
): string {
  const { setting, calls } = sequence
  const reset = calls.length === 0 ? [] : [{ outcome: 'ok' }]
  const body = [...earlierAnswers, ...reset, ...answers, ...('kind' in seen ? [] : [seen])]
  const lines = requestsOf(sequence).flatMap((request, index) => {
    const answer = body[index]
    const id = index + 1
    return [{ id, ...request }, ...(answer === undefined ? [] : [{ id, ...answer }])]
  })
  const fixed = { dmaproof: 'transcript', format: transcriptFormat, protocol: protocolVersion, model: modelVersion }
  const header = { ...fixed, ...about, interface: setting.interface, lines: lines.length }
  return `${[header, ...lines].map((line) => JSON.stringify(line)).join('\n')}\n`
}

/** How a transcript began before its word was changed: `readTranscript` refuses it with what to do. */
const oldBeginning = '{"dmaproof":"conversation"'

/** Whether a file's first line says that it is a transcript, and not a trace of the model. */
export const isTranscript = (text: string): boolean =>
  text.startsWith('{"dmaproof":"transcript"') || text.startsWith(oldBeginning)

/**
 * Reads a transcript. A problem has the line where it is.
 *
 * @param from what the sequence is called
 * @throws Error if a transcript that passed all checks has no reset: a bug of dmaproof
 */
export function readTranscript(text: string, from: string): Result<Transcript> {
  const lines = text.replace(/\n$/, '').split('\n')
  const read = readHeader(lines)
  if (!read.ok) return read
  const header = read.value
  if (lines.length !== header.lines + 1) {
    return refuse(
      `found ${counted(lines.length - 1, 'line')}, expected ${header.lines}: it was cut off`,
      onLine(lines.length),
    )
  }
  const body: TranscriptBody = { from, sequences: [], answers: [] }
  for (const [index, line] of lines.slice(1).entries()) {
    const wrong = readTurn(line, index, header, body)
    if (wrong !== undefined) return refused({ ...wrong, ...onLine(index + 2) })
  }
  const { sequences, answers } = body
  const last = sequences.pop()
  if (last === undefined) throw new Error('a transcript of one line and more has a reset')
  return ok({ header, sequence: sequences.length === 0 ? last : { ...last, earlier: sequences }, answers })
}

function readHeader([line = '']: readonly string[]): Result<TranscriptHeader> {
  if (line.startsWith(oldBeginning)) {
    return refuse(
      'dmaproof: found "conversation", expected "transcript": the word was changed; record it again, or edit it',
      onLine(1),
    )
  }
  const header = parse(line, transcriptHeaderSchema)
  if (!header.ok) return refuse(`not the header of a transcript: ${header.problem.message}`, onLine(1))
  const { model, platforms } = header.value
  if (model !== modelVersion) {
    return refuse(`it is from model ${model}, this is model ${modelVersion}; record it again`, onLine(1))
  }
  const unknown = platforms.map(parsePlatform).find((platform) => !platform.ok)
  return unknown?.ok === false ? refuse(`platforms: ${unknown.problem.message}`, onLine(1)) : header
}

/** The content of the lines so far. */
interface TranscriptBody {
  readonly from: string
  readonly sequences: { readonly from: string; readonly setting: TestSetup; readonly calls: Call[] }[]
  readonly answers: Answer[]
}

/**
 * Reads one line: requests and replies take turns, each with the id of its request.
 *
 * @returns what is wrong with it
 */
function readTurn(
  line: string,
  index: number,
  { interface: on }: TranscriptHeader,
  body: TranscriptBody,
): Problem | undefined {
  const isRequest = index % 2 === 0
  const number = Math.floor(index / 2) + 1
  if (line.includes('"call":') !== isRequest) {
    return isRequest
      ? { message: `found a reply, expected request ${number}` }
      : { message: `found a request, expected the reply to request ${number}` }
  }
  const parsed = isRequest ? parse(line, requestSchema) : parse(line, replySchema)
  if (!parsed.ok) return parsed.problem
  const read = parsed.value
  if (read.id !== number) return { message: `id: found ${read.id}, expected ${number}` }
  if ('call' in read) {
    return number === 1 || read.call === 'reset' ? addReset(read, on, body) : addCall(read, body)
  }
  body.answers.push(withoutId(read))
  return undefined
}

function addReset(request: Request, on: string, body: TranscriptBody): Problem | undefined {
  if (request.call !== 'reset') return { message: `call: found ${request.call}, expected a reset` }
  const { id: _, call: __, ...setting } = request
  if (setting.interface !== on) {
    return { message: `interface: found ${setting.interface}, expected ${on}, as the header says` }
  }
  const { pages, superpage } = setting
  if (pages === 0 || pages % superpage !== 0) {
    return { message: `pages: found ${pages}, expected whole superpages of ${superpage}` }
  }
  body.sequences.push({ from: body.from, setting, calls: [] })
  return undefined
}

function addCall(request: Request, { sequences }: TranscriptBody): Problem | undefined {
  if (request.call === 'hello' || request.call === 'reset' || request.call === 'bye' || isRace(request)) {
    return { message: `call: found ${request.call}, expected a call that the model answers` }
  }
  const { id: _, ...call } = request
  const last = sequences.at(-1)
  last?.calls.push(call)
  if (last === undefined || !isClosedLast(last.calls)) {
    return { message: `call: found ${call.call}, expected none behind a close` }
  }
  return validateCall(last.setting, call)
}

function parse<T>(line: string, schema: z.ZodType<T>): Result<T> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return refuse('found a line that is not JSON')
  }
  const parsed = schema.safeParse(value)
  return parsed.success ? ok(parsed.data) : refuse(schemaError(value, parsed.error))
}
