import { fc } from '@fast-check/vitest'
import { z } from 'zod'
import { ok, type Result, refuse } from '../base/result.js'
import { type Design, findDesign, fullName } from '../designs/index.js'
import { properties } from '../properties/index.js'
import { Catalogue } from '../search/catalogue/catalogue.js'
import { catalogueOf, type DesignQuestion } from '../search/check/machines.js'
import { type DesignOptions, questionOf } from './question.js'

/**
 * Options of `dmaSuite`; each has a default.
 *
 * @example
 * dmaSuite(mine, { runs: 1000, seed: 1, scope: { vcpus: 1 } } satisfies SuiteOptions)
 */
export interface SuiteOptions extends DesignOptions {
  /** Properties that the design is known to violate, each with the reason: their tests ask that it is found. */
  readonly expected?: Readonly<Record<string, string>>
  /** `plain`: only the machine as it is said here; `all`, unless told: also the other configurations of `check`. */
  readonly configurations?: 'all' | 'plain'
  /**
   * Sees every state of a small machine in the place of random runs: a test that passes says *held*. The machine has
   * one superpage of two pages, and two vCPUs, or one where the guest's own tables are on, unless `scope` says more.
   */
  readonly exhaustive?: boolean
  /** Random runs of each property; DMAPROOF_RUNS unless told, else 200. An eighth of them in other configurations. */
  readonly runs?: number
  /** Actions of a run, at most (default: 80). */
  readonly length?: number
  /** DMAPROOF_SEED unless told, else that of fast-check's global configuration, else drawn; a failure names it. */
  readonly seed?: number
  /** Seconds for the whole suite, shared out among its tests; DMAPROOF_TIME unless told, else there is no bound. */
  readonly time?: number
  /** Where counterexamples are kept and tried first the next time; `.dmaproof/regressions` unless told. */
  readonly regressions?: string
  /** Where a failure writes the page of its counterexample; DMAPROOF_PAGES unless told, else it writes none. */
  readonly pages?: string
  /** The module that exports the design, for the command that replays a counterexample. It is no test file. */
  readonly file?: string
  /** Milliseconds that one property may take before its test fails; default 60,000 plus `time`, which is in seconds. */
  readonly timeoutMs?: number
}

/** The options of a suite, with what it does where they say nothing. */
export interface SuiteSettings {
  readonly question: DesignQuestion
  readonly expected: Readonly<Record<string, string>>
  readonly isPlain: boolean
  readonly exhaustive: boolean
  readonly runs: number
  readonly length: number
  readonly seed: number
  /** Infinity if there is no bound. */
  readonly time: number
  readonly folder: string
  /** Undefined for no pages. */
  readonly pages: string | undefined
  readonly timeoutMs: number
}

const whole = z.number().int()
const shape = {
  expected: z.record(z.string(), z.string()).optional(),
  configurations: z.enum(['all', 'plain']).optional(),
  exhaustive: z.boolean().optional(),
  runs: whole.positive().optional(),
  length: whole.positive().optional(),
  seed: whole.optional(),
  time: z.number().positive().optional(),
  regressions: z.string().min(1).optional(),
  pages: z.string().min(1).optional(),
  file: z.string().min(1).optional(),
  timeoutMs: z.number().positive().optional(),
}

type Environment = Readonly<Record<string, string | undefined>>

/** Checks the options of a suite. What they leave out the environment says, and else what is usual. */
export function suiteSettings(design: Design, options: SuiteOptions, env: Environment): Result<SuiteSettings> {
  const taken = findDesign(fullName(design))
  if (taken !== undefined && taken !== design) {
    return refuse(`name: "${fullName(design)}" is a design of dmaproof; expected a name of its own`)
  }
  const asked = questionOf(design, options, shape)
  if (!asked.ok) return asked
  const { expected = {}, configurations, exhaustive = false, length = 80, regressions, file } = options
  const known = asked.value.properties
  const unknown = Object.keys(expected).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    return refuse(`expected: the suite has no property "${unknown}"; it has ${known.join(', ')}`)
  }
  const said = environment(env)
  if (!said.ok) return said
  const drawn = said.value.seed ?? fc.readConfigureGlobal().seed ?? Math.floor(Math.random() * 0x8000_0000)
  const time = options.time ?? said.value.time ?? Number.POSITIVE_INFINITY
  const beside = Number.isFinite(time) ? time * 1000 : 0
  return ok({
    ...{
      question: withFile(asked.value, file),
      expected,
      isPlain: configurations === 'plain',
      exhaustive,
      length,
      time,
    },
    runs: options.runs ?? said.value.runs ?? 200,
    seed: options.seed ?? drawn,
    folder: regressions ?? '.dmaproof/regressions',
    pages: options.pages ?? (env.DMAPROOF_PAGES || undefined),
    timeoutMs: options.timeoutMs ?? 60_000 + beside,
  })
}

/** The numbers of the environment: `DMAPROOF_SEED`, `DMAPROOF_RUNS`, and `DMAPROOF_TIME` in seconds. */
function environment(env: Environment): Result<{ seed?: number; runs?: number; time?: number }> {
  const found: Record<string, number> = {}
  for (const [field, name, isRight, expected] of numbers) {
    const text = env[name] ?? ''
    if (text === '') continue
    const value = Number(text)
    if (!isRight(value)) return refuse(`${name}: found "${text}", expected ${expected}`)
    found[field] = value
  }
  return ok(found)
}

const numbers: readonly (readonly [string, string, (value: number) => boolean, string])[] = [
  ['seed', 'DMAPROOF_SEED', Number.isSafeInteger, 'a whole number'],
  ['runs', 'DMAPROOF_RUNS', (value) => Number.isSafeInteger(value) && value > 0, 'a whole number above 0'],
  ['time', 'DMAPROOF_TIME', (value) => Number.isFinite(value) && value > 0, 'seconds above 0'],
]

/** The same question, whose traces name the module of the design. */
function withFile(question: DesignQuestion, file: string | undefined): DesignQuestion {
  if (file === undefined) return question
  const { own } = catalogueOf(question)
  return { ...question, catalogue: new Catalogue({ ...own, fileOf: new Map([[question.design, file]]) }) }
}

/** The properties that a suite tests, in the order of its tests; all where the options name none. */
export const propertiesOf = ({ properties: asked = properties }: SuiteOptions) => asked
