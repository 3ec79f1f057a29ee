import { z } from 'zod'
import type { Checked } from '../model/checked.js'
import { modelVersion } from '../search/trace.js'
import type { Divergence, Sequence } from './check.js'
import {
  type Answer,
  interfaceNames,
  isRace,
  observationNames,
  protocolVersion,
  type Request,
  replySchema,
  requestSchema,
} from './protocol.js'
import { withoutId } from './target.js'

/** The version of the file's format; the lines in it are those of `protocolVersion`. */
export const conversationFormat = 1

const headerSchema = z.strictObject({
  dmaproof: z.literal('conversation'),
  format: z.literal(conversationFormat),
  protocol: z.literal(protocolVersion),
  model: z.number().int(),
  target: z.string(),
  interface: z.enum(interfaceNames),
  platforms: z.array(z.string()).min(1),
  /** What the implementation promised to observe. */
  observes: z.array(z.enum(observationNames)),
  seed: z.number().int(),
  /** Lines that follow: a shorter file was cut off. */
  lines: z.number().int().min(1),
  /** What the implementation did instead of a reply, and what was wrong. */
  why: z.string(),
})
export type ConversationHeader = z.infer<typeof headerSchema>

/** A sequence with the replies that an implementation gave to it, the reset's first. */
export interface Conversation {
  readonly header: ConversationHeader
  readonly sequence: Sequence
  readonly answers: readonly Answer[]
}

type About = Pick<ConversationHeader, 'target' | 'platforms' | 'observes' | 'seed' | 'why'>

/** A divergence as the lines that went over the wire, behind a header. */
export function writeConversation({ sequence, answers, seen }: Divergence, about: About): string {
  const { setting, calls } = sequence
  const reset = calls.length === 0 ? [] : [{ outcome: 'ok' }]
  const said = [...reset, ...answers, ...('kind' in seen ? [] : [seen])]
  const lines = [{ call: 'reset', ...setting }, ...calls].flatMap((request, index) => {
    const answer = said[index]
    const id = index + 1
    return [{ id, ...request }, ...(answer === undefined ? [] : [{ id, ...answer }])]
  })
  const fixed = { dmaproof: 'conversation', format: conversationFormat, protocol: protocolVersion, model: modelVersion }
  const header = { ...fixed, ...about, interface: setting.interface, lines: lines.length }
  return `${[header, ...lines].map((line) => JSON.stringify(line)).join('\n')}\n`
}

/** Whether a file's first line says that it is a conversation, and not a trace of the model. */
export const isConversation = (text: string): boolean => text.startsWith('{"dmaproof":"conversation"')

/** Reads a conversation; what is wrong is said with the number of its line. */
export function readConversation(text: string, from: string): Checked<Conversation> {
  const lines = text.replace(/\n$/, '').split('\n')
  const header = parse(lines[0] ?? '', headerSchema)
  if (typeof header === 'string') return refuse(`${from}:1: not the header of a conversation: ${header}`)
  if (header.model !== modelVersion) {
    return refuse(`${from}:1: it is from model ${header.model}, this is model ${modelVersion}; record it again`)
  }
  if (lines.length !== header.lines + 1) {
    return refuse(`${from}:${lines.length}: found ${lines.length - 1} lines, expected ${header.lines}: it was cut off`)
  }
  const requests: Request[] = []
  const answers: Answer[] = []
  for (const [index, line] of lines.slice(1).entries()) {
    const isRequest = line.includes('"call":')
    const request = isRequest ? parse(line, requestSchema) : undefined
    const reply = isRequest ? undefined : parse(line, replySchema)
    const wrong = [request, reply].find((read) => typeof read === 'string')
    if (wrong !== undefined) return refuse(`${from}:${index + 2}: ${wrong}`)
    if (typeof request === 'object') requests.push(request)
    if (typeof reply === 'object') answers.push(withoutId(reply))
  }
  return assemble(header, requests, answers, from)
}

function assemble(
  header: ConversationHeader,
  [reset, ...rest]: readonly Request[],
  answers: readonly Answer[],
  from: string,
): Checked<Conversation> {
  if (reset?.call !== 'reset') return refuse(`${from}:2: found ${reset?.call ?? 'nothing'}, expected a reset`)
  const { id: _, call: __, ...setting } = reset
  const calls = rest.flatMap((request) => {
    if (request.call === 'hello' || request.call === 'reset' || request.call === 'bye' || isRace(request)) return []
    const { id: _, ...call } = request
    return [call]
  })
  if (calls.length !== rest.length)
    return refuse(`${from}: found a second reset, a hello, a bye or a race among its calls`)
  return { ok: true, value: { header, sequence: { from, setting, calls }, answers } }
}

const refuse = (message: string): Checked<never> => ({ ok: false, message })

function parse<T>(line: string, schema: z.ZodType<T>): T | string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return 'found a line that is not JSON'
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`
}
