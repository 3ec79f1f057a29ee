import { z } from 'zod'
import { balance, bit, few, id, number, powersOfTwo, word, words } from './fields.js'
import {
  capabilityNames,
  entryNames,
  flawNames,
  frameTypeNames,
  limitNames,
  observationNames,
  ripasNames,
  rttEntryNames,
} from './interfaces.js'

const outcome = z.string().regex(/^[A-Za-z0-9_]{1,64}$/, 'expected ok, or the name of an errno or a status')

/** A reply to `hello` of any version, refusals included. */
export const anyHelloSchema = z.looseObject({ ...id, outcome })
/**
 * What the implementation offers.
 *
 * @example
 * helloReplySchema.safeParse(JSON.parse(line))
 */
export const helloReplySchema = z.strictObject({
  ...id,
  outcome,
  protocol: number,
  name: word,
  interfaces: words(capabilityNames),
  flaws: words(flawNames),
  limits: words(limitNames),
  observes: words(observationNames),
  devices: few,
  pages: z.number().int().min(1).max(4096),
  superpages: powersOfTwo.optional(),
  vcpus: few.optional(),
  domains: few.optional(),
  platform: word.optional(),
})
/**
 * What an implementation says of itself.
 *
 * @example
 * const hello: Partial<Hello> = { name: 'my-table', interfaces: ['page-table'] }
 */
export type Hello = Omit<z.infer<typeof helloReplySchema>, 'id' | 'outcome'>

/**
 * The reply to every other request.
 *
 * @example
 * replySchema.safeParse(JSON.parse(line))
 */
export const replySchema = z.strictObject({
  ...id,
  outcome,
  result: z.enum(['done', 'blocked']).optional(),
  /** A page's value; -1 if its bytes differ. */
  data: z.number().int().min(-1).max(255).optional(),
  fault: bit.optional(),
  unmapped: number.optional(),
  /** Pages that mappings pin after the call. */
  pins: balance.optional(),
  mappings: number.optional(),
  entries: number.optional(),
  pinned: balance.optional(),
  locked: balance.optional(),
  /** Frames of translation tables. */
  tables: balance.optional(),
  /** Writes to free memory that the kernel complained of since the reset, as far as it has seen them. */
  stray: number.optional(),
  faults: bit.optional(),
  memory: number.optional(),
  /** When an armed write took place: before, during or after the calls behind its begin. */
  when: z.enum(['before', 'during', 'after']).optional(),
  entry: z.enum([...entryNames, ...rttEntryNames]).optional(),
  type: z.enum(frameTypeNames).optional(),
  ripas: z.enum(ripasNames).optional(),
})
/**
 * What an implementation answers, as a line has it.
 *
 * @example
 * const reply: Reply = { id: 2, outcome: 'ok' }
 */
export type Reply = z.infer<typeof replySchema>
/** A reply without the id of its request. */
export const answerSchema = replySchema.omit({ id: true })
/**
 * A reply without its id.
 *
 * @example
 * const answer: Answer = { outcome: 'ok', unmapped: 1 }
 */
export type Answer = z.infer<typeof answerSchema>
