import { isOutOfMemory } from '../../checker/out-of-memory.js'
import { capacityFor, makeOwnMemory } from '../../checker/state-store.js'
import { judgePlatforms } from '../exhaustive/platforms.js'
import type { MachineConfigInput } from '../machine-config.js'
import { checkMachine, type JudgeOptions, type Verdict } from '../verdict.js'

/** One machine to search, as plain data: it goes to a worker thread. */
export interface Job {
  readonly setup: MachineConfigInput
  readonly properties: readonly string[]
  readonly options: Omit<JudgeOptions, 'onProgress'>
  /** Sees every state on each of the platforms, instead of drawing runs; the runs then have to agree. */
  readonly exhaustive?: Exhaustive
}

export interface Exhaustive {
  readonly platforms: readonly string[]
  /** Seconds and bytes of a search. */
  readonly time: number
  readonly memory: number
}

export type JobAnswer = { readonly verdicts: readonly Verdict[] } | { readonly message: string }

/** What a worker thread says to the pool. */
export type FromWorker =
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'found'; readonly verdicts: readonly Verdict[] }
  | { readonly type: 'done'; readonly answer: JobAnswer }
  | { readonly type: 'bug'; readonly stack: string }

export interface JobWatch {
  /** From 0 to 1. */
  readonly onProgress: (share: number) => void
  /** Violations, as soon as they are known: a long search may never come to its end. */
  readonly onFound: (verdicts: readonly Verdict[]) => void
}

/** Runs after which a search reports what it has. */
const batch = 2000

/** Carries out a task. A scope that does not fit in memory is the user's to change, and no bug of ours. */
export function answer(task: Job, watch: JobWatch): JobAnswer {
  try {
    return task.exhaustive === undefined ? new Batches(task, watch).answer() : prove(task, task.exhaustive, watch)
  } catch (error) {
    if (!isOutOfMemory(error)) throw error
    return { message: `scope: a machine of ${task.setup.scope.pages} pages does not fit in memory; ask for fewer` }
  }
}

function prove(task: Job, { platforms, time, memory }: Exhaustive, watch: JobWatch): JobAnswer {
  const room = (words: number, most: number) => makeOwnMemory(words, capacityFor(words, memory, most))
  const proved = judgePlatforms(task.setup, platforms, task.properties, room, { time })
  if ('message' in proved) return { message: proved.message }
  for (const platform of platforms) {
    const held = proved.filter((one) => one.platform === platform && one.verdict === 'held')
    const message = drawAgainst({ ...task, setup: { ...task.setup, platform } }, held, watch)
    if (message !== undefined) return { message }
  }
  return { verdicts: proved }
}

/**
 * Draws runs against what a search of all states holds.
 *
 * @returns why it could not
 * @throws Error if a run violates what holds: one of the two searches is wrong
 */
function drawAgainst(task: Job, held: readonly Verdict[], watch: JobWatch): string | undefined {
  if (held.length === 0) return undefined
  const drawn = new Batches({ ...task, properties: held.map(({ property }) => property) }, watch).answer()
  if ('message' in drawn) return drawn.message
  const against = drawn.verdicts.find(({ verdict }) => verdict === 'violated')
  if (against === undefined) return undefined
  const { design, driver, platform } = task.setup
  throw new Error(
    `${design} ${driver} ${platform}: ${against.property} holds in every state that the exhaustive search saw, but ` +
      `run ${against.seed} of ${against.steps} actions violates it: ${against.why}`,
  )
}

/**
 * A search in batches: run n has the seed `seed + n` whatever batch it is in, so that batches find what one long
 * search finds. A witness must be seen within one batch.
 */
class Batches {
  private readonly began = performance.now()
  private readonly verdicts = new Map<string, Verdict>()
  private runs = 0

  constructor(
    private readonly task: Job,
    private readonly watch: JobWatch,
  ) {}

  answer(): JobAnswer {
    const { properties, options } = this.task
    for (let isFirst = true; isFirst || (this.runs < options.runs && this.secondsLeft() > 0); isFirst = false) {
      const open = properties.filter((name) => isOpen(this.verdicts.get(name)))
      if (open.length === 0) break
      const found = this.judge(open)
      if ('message' in found) return found
      const violated = found.filter((verdict) => verdict.verdict === 'violated')
      if (violated.length > 0) this.watch.onFound(violated)
      for (const verdict of found) this.add(verdict)
      this.runs += Math.max(1, ...found.map(({ runs }) => runs))
    }
    return { verdicts: properties.flatMap((name) => this.verdicts.get(name) ?? []) }
  }

  private judge(open: readonly string[]): ReturnType<typeof checkMachine> {
    const { setup, options } = this.task
    return checkMachine(setup, open, {
      ...options,
      seed: options.seed + this.runs,
      runs: Math.min(batch, options.runs - this.runs),
      ...(options.time === undefined ? {} : { time: this.secondsLeft() }),
      onProgress: (runs) => this.watch.onProgress(this.share(runs)),
    })
  }

  private add(verdict: Verdict): void {
    const { options } = this.task
    const before = this.verdicts.get(verdict.property)
    const isFound = verdict.verdict === 'none-found' || before?.verdict === 'none-found'
    const runs = this.runs + verdict.runs
    const none = { verdict: 'none-found', why: `none in ${runs} runs of up to ${options.length} actions` } as const
    const isSearched = verdict.verdict === 'none-found' || verdict.verdict === 'vacuous'
    this.verdicts.set(verdict.property, {
      ...verdict,
      ...(isSearched && isFound ? none : {}),
      runs: verdict.verdict === 'not-applicable' ? 0 : runs,
      seed: options.seed,
    })
  }

  private secondsLeft(): number {
    const { time } = this.task.options
    return time === undefined ? Number.POSITIVE_INFINITY : time - (performance.now() - this.began) / 1000
  }

  private share(runs: number): number {
    const { time, runs: most } = this.task.options
    const byTime = time === undefined ? 0 : 1 - this.secondsLeft() / time
    return Math.min(0.99, Math.max(byTime, (this.runs + runs) / most))
  }
}

const isOpen = (verdict: Verdict | undefined): boolean =>
  verdict === undefined || verdict.verdict === 'none-found' || verdict.verdict === 'vacuous'
