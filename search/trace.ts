import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { counted } from '../base/plural.js'
import { ok, onLine, type Problem, type Result, refuse, refused } from '../base/result.js'
import { kinds } from '../model/actions/relation.js'
import { forEachEnabled, isEnabled } from '../model/actions/step.js'
import { type Action, type Code, codeLength, decode, encode, print } from '../model/machine/action.js'
import { errnoNames } from '../model/machine/errno.js'
import { conversionEnds, type Property } from '../properties/index.js'
import { objectionTo } from '../referee/trace.js'
import { fairContinuation } from './continuation.js'
import { type MachineConfig, machineConfigSchema } from './machine-config.js'
import { recordedStateSchema, recordState } from './recorded-state.js'
import type { Run, Simulator } from './simulator.js'
import { type RecordedStep, StepRecorder, stepEffectsSchema } from './step-effects.js'

/**
 * The line format's version, and the model's: a trace of another model is not replayed as if it were of this one.
 *
 * @example
 * if (header.format !== traceFormat) throw new Error('another format')
 */
export const traceFormat = 3
/**
 * The version of the model; a trace of another may not replay.
 *
 * @example
 * if (trace.header.model !== modelVersion) console.warn('of another version')
 */
export const modelVersion = 2

export const traceHeaderSchema = z.strictObject({
  dmaproof: z.literal('trace').describe('the kind of the file'),
  format: z.literal(traceFormat).describe('the version of the lines'),
  model: z.number().int().describe('the version of the model'),
  setup: machineConfigSchema.describe('what names the machine'),
  property: z.string().describe('the property that the run violates'),
  seed: z.number().int().describe('the seed that found it'),
  steps: z.number().int().min(0).describe('step lines that follow; a file with fewer was cut off'),
  continuation: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('lines behind the steps that show what follows when every party takes its turn, for conversion-ends'),
  why: z.string().describe('how the run violates the property'),
  broken: z.string().optional().describe('id of the rule that is broken, where it is known'),
  page: z.number().int().min(0).optional().describe('the guest page at which it is broken, if it is of one'),
  designs: z
    .array(z.string())
    .optional()
    .describe("modules of the user's own design, driver or property, from the working directory"),
  initial: recordedStateSchema
    .optional()
    .describe('the machine before the first step; absent if another program wrote the trace'),
})
/**
 * The first line of a trace: the machine, the property, and how it was found.
 *
 * @example
 * const { setup, property }: TraceHeader = trace.header
 */
export type TraceHeader = z.infer<typeof traceHeaderSchema>

export const traceStepSchema = z.strictObject({
  action: z
    .looseObject({ kind: z.string().describe('the kind') })
    .describe('the kind and its parameters, as in `dmaproof explain KIND`'),
  outcome: z.enum(errnoNames).describe('ok, or the errno or TDX status'),
  rule: z.string().optional().describe('id of the rule behind an outcome other than ok'),
  effects: stepEffectsSchema.optional().describe('what the step did; another program may leave it out'),
})

/**
 * A trace: what was searched, what failed, and every action with its outcome and effects.
 *
 * @example
 * const { header, steps }: Trace = trace.value
 */
export interface Trace {
  readonly header: TraceHeader
  readonly steps: readonly RecordedStep[]
  /** What follows under fair scheduling, where that is what fails: no part of the run. */
  readonly continuation?: readonly RecordedStep[]
}

/**
 * Records a run as a trace: it is taken once more, and each step is asked what it did.
 *
 * @example
 * record(simulator, built.value.setup, violation.run, { property: 'no-stale-frame', seed: 1, why: 'found by me' })
 */
export function record(
  simulator: Simulator,
  setup: MachineConfig,
  run: Run,
  found: Pick<TraceHeader, 'property' | 'seed' | 'why' | 'broken' | 'page' | 'designs'>,
): Trace {
  simulator.reset()
  const initial = recordState(simulator.state)
  const recorder = new StepRecorder(simulator.machine, simulator.state)
  const steps = run.map((code) => recorder.record(code))
  const fixed = { dmaproof: 'trace', format: traceFormat, model: modelVersion } as const
  const header = { ...fixed, setup, ...found, steps: steps.length, initial }
  if (found.property !== conversionEnds.name) return { header, steps }
  const continuation = fairContinuation(simulator).map((code) => recorder.record(code))
  return { header: { ...header, continuation: continuation.length }, steps, continuation }
}

/**
 * Records a counterexample, and asks for a second opinion on it before anything of it is printed.
 *
 * @throws Error if that one objects: a bug of dmaproof
 */
export function recordViolation(
  simulator: Simulator,
  setup: MachineConfig,
  run: Run,
  property: Property,
  said: Omit<Parameters<typeof record>[3], 'property'>,
): Trace {
  const trace = record(simulator, setup, run, { property: property.name, ...said })
  const claim = { property, steps: trace.steps, mayBeOfLiveness: property === conversionEnds }
  const objection = objectionTo(simulator.machine, claim)
  if (objection !== undefined) throw new Error(`the second opinion on a violation of ${property.name}: ${objection}`)
  return trace
}

/**
 * A trace as text: the header, then a line per step.
 *
 * @example
 * writeFileSync('found.ndjson', writeTrace(trace))
 */
export function writeTrace(trace: Trace): string {
  const { header, steps, continuation = [] } = trace
  return `${[header, ...steps, ...continuation].map((entry) => JSON.stringify(entry)).join('\n')}\n`
}

/**
 * Reads a trace. A problem has the line where it is.
 *
 * @example
 * const trace = readTrace(readFileSync(file, 'utf8'))
 */
export function readTrace(text: string): Result<Trace> {
  if (text.trim() === '') return refuse('the file is empty; expected a trace header', onLine(1))
  const lines = text.replace(/\n$/, '').split('\n')
  const first = parseLine(lines[0], traceHeaderSchema)
  if (!first.ok) return refuse(headerProblem(lines[0], first.problem), onLine(1))
  const { model, steps: count, continuation } = first.value
  if (model !== modelVersion) return refuse(otherModel(model), onLine(1))
  const steps: RecordedStep[] = []
  for (const [index, text] of lines.slice(1).entries()) {
    const entry = parseLine(text, traceStepSchema)
    if (!entry.ok) return refuse(entry.problem.message, onLine(index + 2))
    steps.push({ ...entry.value, action: entry.value.action as Action })
  }
  const whole = count + (continuation ?? 0)
  if (steps.length === whole) return ok(withContinuation(first.value, steps))
  const found = counted(steps.length, 'step')
  const message = `found ${found}, expected ${whole}: the file was cut off; record the trace again`
  return refuse(message, onLine(lines.length))
}

function withContinuation(header: TraceHeader, lines: readonly RecordedStep[]): Trace {
  const steps = lines.slice(0, header.steps)
  if (header.continuation === undefined) return { header, steps }
  return { header, steps, continuation: lines.slice(header.steps) }
}

const recordAgain = 'record it again: dmaproof check … --seed …'

const otherModel = (found: number): string =>
  `the trace is from model ${found}, this is model ${modelVersion}; ${recordAgain}`

function headerProblem(text: string, { message }: Problem): string {
  const version = /"format":(\d+)/.exec(text)?.[1]
  if (version === undefined || Number(version) === traceFormat) return `not a trace header: ${message}`
  return `the trace is of format ${version}, this reads format ${traceFormat}; ${recordAgain}`
}

function parseLine<T>(text: string, schema: z.ZodType<T>): Result<T> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse('found a line that is not JSON, expected one JSON object per line')
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  const issue = parsed.error.issues[0]
  return refuse(`${issue.path.join('.') || 'the line'}: ${issue.message}`)
}

/** A trace's actions as codes, whether or not they can be taken. A problem has the line of the wrong one. */
export function encodeTrace({ steps }: Trace): Result<Run> {
  const run: Int32Array[] = []
  for (const [index, { action }] of steps.entries()) {
    const code = encode(kinds, action)
    if (!code.ok) return refuse(code.problem.message, onLine(index + 2))
    run.push(code.value)
  }
  return ok(run)
}

/** Looks on while a trace is replayed, and leaves the state as it is. */
export interface ReplayWatch {
  /** The machine is as it begins. */
  begin(): void
  /** A step is possible, and is taken next. */
  before(code: Code): void
  /** The step was taken. */
  after(): void
}

/**
 * Replays a trace, checking that each action is enabled and does what was recorded. A problem has the line of the step
 * that cannot be taken so.
 *
 * @param watch what looks on
 * @returns its codes, and its steps as they were taken here, with effects even if the trace has none
 *
 * @example
 * const codes = codesOf(simulator, trace)
 * if (codes.ok) replay(simulator, codes.value.run, property)
 */
export function codesOf(
  simulator: Simulator,
  trace: Trace,
  watch?: ReplayWatch,
): Result<{ run: Run; steps: readonly RecordedStep[] }> {
  const run: Int32Array[] = []
  const steps: RecordedStep[] = []
  const scratch = new Int32Array(codeLength)
  simulator.reset()
  const { initial } = trace.header
  const isTaken = initial === undefined || simulator.start === initial
  if (!isTaken && !isDeepStrictEqual(recordState(simulator.state), initial)) {
    return refuse('the trace begins in another state than this model', onLine(1))
  }
  watch?.begin()
  const recorder = new StepRecorder(simulator.machine, simulator.state)
  for (const [index, recorded] of trace.steps.entries()) {
    const { action } = recorded
    const code = encode(kinds, action)
    if (!code.ok) return refuse(code.problem.message, onLine(index + 2))
    if (!isEnabled(simulator.machine, simulator.state, code.value, scratch)) {
      return refuse(notEnabled(simulator, action), onLine(index + 2))
    }
    watch?.before(code.value)
    const taken = recorder.record(code.value)
    watch?.after()
    const wrong = difference(taken, recorded)
    if (wrong !== undefined) return refused({ ...wrong, ...onLine(index + 2) })
    run.push(code.value)
    steps.push(taken)
  }
  return ok({ run, steps })
}

/** What a step does otherwise than was recorded; a trace without effects or rules claims nothing of them. */
function difference(taken: RecordedStep, { outcome, rule, effects }: RecordedStep): Problem | undefined {
  const name = print(taken.action)
  if (taken.outcome !== outcome) {
    return { message: `${name} ends with ${taken.outcome}, the trace recorded ${outcome}` }
  }
  if (rule !== undefined && taken.rule !== rule) {
    return { message: `${name} ends so by the rule ${taken.rule ?? 'of none'}, the trace recorded ${rule}` }
  }
  if (effects === undefined || isDeepStrictEqual(taken.effects, effects)) return undefined
  const message = [
    `${name} has other effects than the trace recorded`,
    `  recorded  ${JSON.stringify(effects)}`,
    `  found     ${JSON.stringify(taken.effects)}`,
  ].join('\n')
  return { message }
}

function notEnabled(simulator: Simulator, action: Action): string {
  const listed: string[] = []
  forEachEnabled(simulator.machine, simulator.state, new Int32Array(codeLength), (code) =>
    listed.push(print(decode(kinds, code))),
  )
  const shown = listed.slice(0, 4).join(' · ')
  return [
    'the recorded action is not enabled here',
    `  recorded  ${print(action)}`,
    `  enabled   ${shown}${listed.length > 4 ? ` · … ${listed.length - 4} more` : ''}`,
  ].join('\n')
}
