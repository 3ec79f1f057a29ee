import { z } from 'zod'
import type { View } from '../base/arena.js'
import { failing, kinds } from '../model/actions/relation.js'
import { step } from '../model/actions/step.js'
import { type Action, type Code, decode } from '../model/machine/action.js'
import { ConversionEnd, DmaEnd, reasonNames } from '../model/machine/effects.js'
import { type ErrnoName, errnoNames } from '../model/machine/errno.js'
import type { Machine } from '../model/machine/machine.js'
import { Dma, Owner, type State } from '../model/machine/state.js'
import { type ViewName, viewNames } from './recorded-state.js'

const whole = z.number().int()

/** Whose a frame is: what a device may touch is the host's. */
const ownerNames = ['free', 'host', 'private', 'removed'] as const

const conversionEnds = {
  [ConversionEnd.Done]: 'done',
  [ConversionEnd.Refused]: 'refused',
  [ConversionEnd.Retry]: 'retry',
  [ConversionEnd.Stopped]: 'stopped',
} as const

/** What one step did. Facts that do not apply to the step are absent. */
export const stepEffectsSchema = z.strictObject({
  changed: z
    .record(z.string(), z.array(z.tuple([whole, whole, whole])))
    .describe('by view of the state (`model/machine/state.ts`): index, value before, value after'),
  dma: z
    .discriminatedUnion('end', [
      z.strictObject({
        end: z.enum(['translated', 'done']).describe('the DMA got its translation, or came to its end'),
        frame: whole.describe('its frame'),
        owner: z.enum(ownerNames).describe('the owner of the frame before the end'),
      }),
      z.strictObject({
        end: z.literal('blocked').describe('the IOMMU blocked the DMA'),
        reason: z.enum(reasonNames).describe('the fault reason'),
        record: z
          .enum(['written', 'none', 'suppressed'])
          .describe('whether the IOMMU recorded the fault or counted it as lost; a cited rule may suppress the record'),
      }),
    ])
    .optional()
    .describe('the end of a DMA'),
  conversion: z
    .enum(['done', 'refused', 'retry', 'stopped'])
    .optional()
    .describe('a conversion is done, was refused, has to be asked again, or has the VM stopped'),
  callFailed: z
    .strictObject({ rule: z.string().optional().describe('the rule, if one is known') })
    .optional()
    .describe('a call of the driver ended with an errno'),
  hostDied: z.literal(true).optional().describe('the host took a machine check'),
})
/**
 * What a step did beside the state, as a trace has it.
 *
 * @example
 * const { errno }: StepEffects = step.effects
 */
export type StepEffects = z.infer<typeof stepEffectsSchema>

/**
 * A step of a run as it was taken.
 *
 * @example
 * trace.steps.map(({ action }: RecordedStep) => printAction(action))
 */
export interface RecordedStep {
  readonly action: Action
  readonly outcome: ErrnoName
  /** Id of the rule behind an outcome other than `ok`. */
  readonly rule?: string | undefined
  /** Absent if another program wrote the trace. */
  readonly effects?: StepEffects | undefined
}

/**
 * Takes steps of a machine in its state, and says of each what it did. As long as it does, nothing else changes the
 * state: of a large guest, which has hundreds of megabytes of it, only what a step changed is copied.
 */
export class StepRecorder {
  private readonly before: State

  constructor(
    private readonly machine: Machine,
    private readonly state: State,
  ) {
    this.before = machine.blankState()
    copyOntoBlank(this.before, state)
  }

  /** @param take takes the step in another way, and returns its errno */
  record(code: Code, take = () => step(this.machine, this.state, code)): RecordedStep {
    const { machine: m, state: s, before } = this
    const action = decode(kinds, code)
    const errno = take()
    const rule = errno === 0 ? undefined : ruleOf(m.event.cause)
    const effects = { changed: changes(before, s), ...factsOf(m, s, before, action) }
    for (const [name, entries] of Object.entries(effects.changed)) {
      for (const [at, , after] of entries) before[name as ViewName][at] = after
    }
    return { action, outcome: errnoNames[errno] ?? 'ok', ...(rule === undefined ? {} : { rule }), effects }
  }
}

const zeros = new Uint8Array(1 << 16)

/** Copies a state onto a blank one. What is 0 stays unwritten: such memory takes no room, and is compared quickly. */
function copyOntoBlank(blank: State, { bytes }: State): void {
  const all = bytesOf(bytes)
  for (let first = 0; first < bytes.length; first += zeros.length) {
    const end = Math.min(first + zeros.length, bytes.length)
    if (all.compare(zeros, 0, end - first, first, end) !== 0) blank.bytes.set(bytes.subarray(first, end), first)
  }
}

const ruleOf = (cause: number): string | undefined => failing[cause]?.rule.id

/** By view, the entries in which one state differs from another: index, value before, value after. */
export function changes(before: State, after: State): StepEffects['changed'] {
  const changed: StepEffects['changed'] = {}
  for (const name of viewNames(after)) {
    const entries = changedEntries(before[name], after[name])
    if (entries.length > 0) changed[name] = entries
  }
  return changed
}

/** Entries that are compared at once: alike blocks are left behind as quickly as memory is read. */
const blockLength = 1 << 14

function changedEntries(old: View, now: View): [number, number, number][] {
  const entries: [number, number, number][] = []
  const [oldBytes, nowBytes, size] = [bytesOf(old), bytesOf(now), now.BYTES_PER_ELEMENT]
  for (let first = 0; first < now.length; first += blockLength) {
    const end = Math.min(first + blockLength, now.length)
    if (oldBytes.compare(nowBytes, first * size, end * size, first * size, end * size) === 0) continue
    for (let at = first; at < end; at += 1) if (old[at] !== now[at]) entries.push([at, old[at] ?? 0, now[at] ?? 0])
  }
  return entries
}

const bytesOf = ({ buffer, byteOffset, byteLength }: View): Buffer => Buffer.from(buffer, byteOffset, byteLength)

function factsOf(m: Machine, s: State, before: State, action: Action): Omit<StepEffects, 'changed'> {
  const { event } = m
  const dma = dmaOf(m, s, before, action)
  const conversion = conversionEnds[event.conversion as keyof typeof conversionEnds]
  const rule = ruleOf(event.callCause)
  return {
    ...(dma === undefined ? {} : { dma }),
    ...(conversion === undefined ? {} : { conversion }),
    ...(event.callFailed !== 0 ? { callFailed: rule === undefined ? {} : { rule } } : {}),
    ...(before.hostDead[0] === 0 && s.hostDead[0] === 1 ? { hostDied: true as const } : {}),
  }
}

function dmaOf({ event }: Machine, s: State, before: State, { device, vcpu }: Action): StepEffects['dma'] {
  if (event.dma === DmaEnd.Blocked) {
    const record = event.recorded === 1 ? 'written' : event.recorded === 0 ? 'none' : 'suppressed'
    return { end: 'blocked', reason: reasonNames[event.reason] ?? 'not present', record }
  }
  if (typeof device !== 'number' || vcpu !== undefined) return undefined
  const left = (before.dmaFrame[device] ?? 0) - 1
  if (event.dma === DmaEnd.Done)
    return left < 0 ? undefined : { end: 'done', frame: left, owner: ownerOf(before, left) }
  if (s.dma[device] !== Dma.Translated) return undefined
  const frame = (s.dmaFrame[device] ?? 0) - 1
  return { end: 'translated', frame, owner: ownerOf(s, frame) }
}

const ownerOf = (s: State, frame: number): (typeof ownerNames)[number] =>
  ownerNames[s.owner[frame] ?? Owner.Host] ?? 'host'
