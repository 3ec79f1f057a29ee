import { z } from 'zod'
import type { Result } from '../base/result.js'
import { kinds } from '../model/actions/relation.js'
import { forEachEnabled, isEnabled, step } from '../model/actions/step.js'
import { type Action, codeLength, decode, encode, print } from '../model/machine/action.js'
import { errnoNames } from '../model/machine/errno.js'
import { type MachineConfig, machineConfigSchema } from './machine-config.js'
import type { Run, Simulator } from './simulator.js'

/** The line format's version, and the model's: a trace of another model is not replayed as if it were of this one. */
export const traceFormat = 1
export const modelVersion = 1

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
})

/** A trace: what was searched, what failed, and every action with its outcome. */
export interface Trace {
  readonly header: TraceHeader
  readonly steps: readonly { readonly action: Action; readonly outcome: string }[]
}

/** Records a run as a trace, outcomes included. */
export function record(
  bench: Simulator,
  setup: MachineConfig,
  run: Run,
  found: { property: string; seed: number; why: string },
): Trace {
  bench.reset()
  const steps = run.map((code) => {
    const errno = step(bench.machine, bench.state, code)
    return { action: decode(kinds, code), outcome: errnoNames[errno] }
  })
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
  const steps: { action: Action; outcome: string }[] = []
  for (const [index, text] of lines.slice(1).entries()) {
    const entry = parseLine(text, line)
    if (typeof entry === 'string') return { ok: false, line: index + 2, message: entry }
    steps.push({ action: entry.action as Action, outcome: entry.outcome })
  }
  if (steps.length === first.steps) return { ok: true, trace: { header: first, steps } }
  const message = `found ${steps.length} steps, expected ${first.steps}: the file was cut off; record the trace again`
  return { ok: false, line: lines.length, message }
}

function otherModel(found: number): string {
  return `the trace is from model ${found}, this is model ${modelVersion}; record it again: dmaproof check … --seed …`
}

function headerProblem(text: string, problem: string): string {
  const version = /"format":(\d+)/.exec(text)?.[1]
  if (version === undefined || Number(version) === traceFormat) return `not a trace header: ${problem}`
  return `the trace is of format ${version}, this reads format ${traceFormat}`
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

/** Turns a trace's actions to codes, checking that each is enabled, with the outcome that was recorded. */
export function codesOf(bench: Simulator, trace: Trace): { run: Run } | Mismatch {
  const run: Int32Array[] = []
  const scratch = new Int32Array(codeLength)
  bench.reset()
  for (const [index, { action, outcome }] of trace.steps.entries()) {
    const code = encode(kinds, action)
    if (typeof code === 'string') return { line: index + 2, message: code }
    if (!isEnabled(bench.machine, bench.state, code, scratch))
      return { line: index + 2, message: notEnabled(bench, action) }
    const errno = errnoNames[step(bench.machine, bench.state, code)]
    if (errno !== outcome) {
      return { line: index + 2, message: `${print(action)} ends with ${errno}, the trace recorded ${outcome}` }
    }
    run.push(code)
  }
  return { run }
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
