import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Result } from '../base/result.js'
import { kinds } from '../model/actions/relation.js'
import { forEachEnabled, isEnabled } from '../model/actions/step.js'
import { type Action, codeLength, decode, encode, print } from '../model/machine/action.js'
import { errnoNames } from '../model/machine/errno.js'
import { type MachineConfig, machineConfigSchema } from './machine-config.js'
import type { Run, Simulator } from './simulator.js'
import { type RecordedStep, StepRecorder, stepEffectsSchema } from './step-effects.js'

/** The line format's version, and the model's: a trace of another model is not replayed as if it were of this one. */
export const traceFormat = 2
export const modelVersion = 2

const header = z.strictObject({
  dmaproof: z.literal('trace'),
  format: z.literal(traceFormat),
  model: z.number().int(),
  setup: machineConfigSchema,
  property: z.string(),
  seed: z.number().int(),
  /** How many step lines follow: a shorter file was cut off. */
  steps: z.number().int().min(0),
  why: z.string(),
})
export type TraceHeader = z.infer<typeof header>

const line = z.strictObject({
  action: z.looseObject({ kind: z.string() }),
  outcome: z.enum(errnoNames),
  rule: z.string().optional(),
  effects: stepEffectsSchema.optional(),
})

/** A trace: what was searched, what failed, and every action with its outcome and effects. */
export interface Trace {
  readonly header: TraceHeader
  readonly steps: readonly RecordedStep[]
}

/** Records a run as a trace: it is taken once more, and each step is asked what it did. */
export function record(
  bench: Simulator,
  setup: MachineConfig,
  run: Run,
  found: { property: string; seed: number; why: string },
): Trace {
  bench.reset()
  const recorder = new StepRecorder(bench.machine, bench.state)
  const steps = run.map((code) => recorder.record(code))
  const fixed = { dmaproof: 'trace', format: traceFormat, model: modelVersion } as const
  return { header: { ...fixed, setup, ...found, steps: steps.length }, steps }
}

export function writeTrace(trace: Trace): string {
  return `${[trace.header, ...trace.steps].map((entry) => JSON.stringify(entry)).join('\n')}\n`
}

export type Parsed =
  | { readonly ok: true; readonly trace: Trace }
  | { readonly ok: false; readonly line: number; readonly message: string }

/** Reads a trace. What is wrong is said with the number of its line. */
export function readTrace(text: string): Parsed {
  if (text.trim() === '') return { ok: false, line: 1, message: 'the file is empty; expected a trace header' }
  const lines = text.replace(/\n$/, '').split('\n')
  const first = parseLine(lines[0], header)
  if (typeof first === 'string') return { ok: false, line: 1, message: headerProblem(lines[0], first) }
  if (first.model !== modelVersion) return { ok: false, line: 1, message: otherModel(first.model) }
  const steps: RecordedStep[] = []
  for (const [index, text] of lines.slice(1).entries()) {
    const entry = parseLine(text, line)
    if (typeof entry === 'string') return { ok: false, line: index + 2, message: entry }
    steps.push({ ...entry, action: entry.action as Action })
  }
  if (steps.length === first.steps) return { ok: true, trace: { header: first, steps } }
  const message = `found ${steps.length} steps, expected ${first.steps}: the file was cut off; record the trace again`
  return { ok: false, line: lines.length, message }
}

const recordAgain = 'record it again: dmaproof check … --seed …'

const otherModel = (found: number): string =>
  `the trace is from model ${found}, this is model ${modelVersion}; ${recordAgain}`

function headerProblem(text: string, problem: string): string {
  const version = /"format":(\d+)/.exec(text)?.[1]
  if (version === undefined || Number(version) === traceFormat) return `not a trace header: ${problem}`
  return `the trace is of format ${version}, this reads format ${traceFormat}; ${recordAgain}`
}

function parseLine<T>(text: string, schema: z.ZodType<T>): T | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'found a line that is not JSON, expected one object a line'
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  return `${issue.path.join('.') || 'the line'}: ${issue.message}`
}

/** A trace's actions as codes, whether or not they can be taken. A wrong one is named with its line. */
export function encodeTrace({ steps }: Trace): Result<Run> {
  const run: Int32Array[] = []
  for (const [index, { action }] of steps.entries()) {
    const code = encode(kinds, action)
    if (typeof code === 'string') return { ok: false, message: `${index + 2}: ${code}` }
    run.push(code)
  }
  return { ok: true, value: run }
}

/** A step of a trace that cannot be taken where it stands. */
export interface Mismatch {
  /** 1-based line in the file. */
  readonly line: number
  readonly message: string
}

/**
 * Replays a trace, checking that each action is enabled and does what was recorded.
 *
 * @returns its codes, and its steps as they were taken here, with effects even if the trace has none
 */
export function codesOf(bench: Simulator, trace: Trace): { run: Run; steps: readonly RecordedStep[] } | Mismatch {
  const run: Int32Array[] = []
  const steps: RecordedStep[] = []
  const recorder = new StepRecorder(bench.machine, bench.state)
  const scratch = new Int32Array(codeLength)
  bench.reset()
  for (const [index, recorded] of trace.steps.entries()) {
    const { action } = recorded
    const code = encode(kinds, action)
    if (typeof code === 'string') return { line: index + 2, message: code }
    if (!isEnabled(bench.machine, bench.state, code, scratch))
      return { line: index + 2, message: notEnabled(bench, action) }
    const taken = recorder.record(code)
    const message = difference(taken, recorded)
    if (message !== undefined) return { line: index + 2, message }
    run.push(code)
    steps.push(taken)
  }
  return { run, steps }
}

/** What a step does otherwise than was recorded; a trace without effects or rules claims nothing of them. */
function difference(taken: RecordedStep, { outcome, rule, effects }: RecordedStep): string | undefined {
  const name = print(taken.action)
  if (taken.outcome !== outcome) return `${name} ends with ${taken.outcome}, the trace recorded ${outcome}`
  if (rule !== undefined && taken.rule !== rule) {
    return `${name} ends so by the rule ${taken.rule ?? 'of none'}, the trace recorded ${rule}`
  }
  if (effects === undefined || isDeepStrictEqual(taken.effects, effects)) return undefined
  return [
    `${name} has other effects than the trace recorded`,
    `  recorded  ${JSON.stringify(effects)}`,
    `  found     ${JSON.stringify(taken.effects)}`,
  ].join('\n')
}

function notEnabled(bench: Simulator, action: Action): string {
  const listed: string[] = []
  forEachEnabled(bench.machine, bench.state, new Int32Array(codeLength), (code) =>
    listed.push(print(decode(kinds, code))),
  )
  const shown = listed.slice(0, 4).join(' · ')
  return [
    'the recorded action is not enabled here',
    `  recorded  ${print(action)}`,
    `  enabled   ${shown}${listed.length > 4 ? ` · … ${listed.length - 4} more` : ''}`,
  ].join('\n')
}
