import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

const trialSchema = z.strictObject({
  bug: z.string(),
  seed: z.int(),
  /** Seconds of processor time that the search was given. */
  limit: z.number(),
  /** Whether the named property fell in time. */
  found: z.boolean(),
  /** Random runs on all machines. */
  runs: z.int(),
  /** Milliseconds of processor time, and of the clock. */
  ms: z.number(),
  wallMs: z.number(),
  configuration: z.string().optional(),
  /** Actions of the counterexample as check shows it. */
  length: z.int().optional(),
  /** The machine of the counterexample, as `setupText` writes it. */
  machine: z.string().optional(),
  /** Whether a breadth-first search found it: then none is shorter. */
  isShortest: z.boolean().optional(),
})

/** One search for a bug with one seed. */
export type Trial = z.infer<typeof trialSchema>

/** Of a bug on a machine, by both: the length of the shortest counterexample; none if a bound came first. */
const minimumSchema = z.strictObject({ machine: z.string(), shortest: z.int().optional() })
type Minimum = z.infer<typeof minimumSchema>

/** What a bench has found, kept in a file as it is found, so that a second start continues where the first ended. */
export class Trials {
  private readonly trials = new Map<string, Trial>()
  private readonly minima = new Map<string, Minimum>()

  constructor(private readonly file: string) {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
    for (const line of lines.filter((one) => one !== '')) {
      const kept = z.union([trialSchema, minimumSchema]).parse(JSON.parse(line))
      if ('seed' in kept) this.trials.set(keyOf(kept), kept)
      else this.minima.set(kept.machine, kept)
    }
  }

  trial(asked: Pick<Trial, 'bug' | 'seed' | 'limit'>): Trial | undefined {
    return this.trials.get(keyOf(asked))
  }

  keepTrial(trial: Trial): Trial {
    this.trials.set(keyOf(trial), trial)
    this.append(trial)
    return trial
  }

  /** @returns undefined if it is not known yet */
  minimum(machine: string): Minimum | undefined {
    return this.minima.get(machine)
  }

  keepMinimum(minimum: Minimum): Minimum {
    this.minima.set(minimum.machine, minimum)
    this.append(minimum)
    return minimum
  }

  private append(found: Trial | Minimum): void {
    mkdirSync(dirname(this.file), { recursive: true })
    appendFileSync(this.file, `${JSON.stringify(found)}\n`)
  }
}

const keyOf = ({ bug, seed, limit }: Pick<Trial, 'bug' | 'seed' | 'limit'>): string => `${bug} ${seed} ${limit}`
