import { ok, type Result } from '../../base/result.js'
import type { Coverage } from '../../model/actions/relation.js'
import type { Catalogue } from '../catalogue/catalogue.js'
import { Census } from '../random/census.js'
import { checkMachine, drawnText, type Verdict } from '../verdict.js'
import type { Job, JobWatch } from './job.js'

/** Runs after which a search reports what it has. */
const batchRuns = 2000

/**
 * A search in batches: run n has the seed `seed + n` whatever batch it is in, so that batches find what one long
 * search finds. A witness must be seen within one batch.
 */
export class BatchedSearch {
  private readonly began = performance.now()
  private readonly verdicts = new Map<string, Verdict>()
  private readonly census = new Census()
  private runs = 0

  constructor(
    private readonly job: Job,
    private readonly watch: JobWatch,
    private readonly catalogue: Catalogue,
  ) {}

  answer(): Result<readonly Verdict[]> {
    const { properties, options } = this.job
    for (let isFirst = true; isFirst || (this.runs < options.runs && this.secondsLeft() > 0); isFirst = false) {
      const open = properties.filter((name) => isOpen(this.verdicts.get(name)))
      if (open.length === 0) break
      const judged = this.judge(open)
      if (!judged.ok) return judged
      const violated = judged.value.filter((verdict) => verdict.verdict === 'violated')
      if (violated.length > 0) this.watch.onFound(violated)
      for (const verdict of judged.value) this.add(verdict)
      this.runs += Math.max(1, ...judged.value.map(({ runs }) => runs))
    }
    return ok(properties.flatMap((name) => this.verdicts.get(name) ?? []))
  }

  private judge(open: readonly string[]): Result<readonly Verdict[]> {
    const { setup, options } = this.job
    const batch = {
      ...options,
      seed: options.seed + this.runs,
      runs: Math.min(batchRuns, options.runs - this.runs),
      census: this.census,
      ...(options.seconds === undefined ? {} : { seconds: this.secondsLeft() }),
      onProgress: (runs: number) => this.watch.onProgress(this.share(runs)),
      onCoverage: (coverage: Coverage) => this.watch.onCoverage?.(coverage),
    }
    return checkMachine(setup, open, batch, this.catalogue)
  }

  private add(verdict: Verdict): void {
    const { options } = this.job
    const before = this.verdicts.get(verdict.property)
    const isWitnessed = verdict.verdict === 'none-found' || before?.verdict === 'none-found'
    const runs = this.runs + verdict.runs
    const unseen = this.census.unseen()
    const none = { verdict: 'none-found', why: drawnText(runs, options.length), ...(unseen && { unseen }) } as const
    const isSearched = verdict.verdict === 'none-found' || verdict.verdict === 'vacuous'
    this.verdicts.set(verdict.property, {
      ...verdict,
      ...(isSearched && isWitnessed ? none : {}),
      runs: verdict.verdict === 'not-applicable' ? 0 : runs,
      seed: options.seed,
    })
  }

  private secondsLeft(): number {
    const { seconds } = this.job.options
    return seconds === undefined ? Number.POSITIVE_INFINITY : seconds - (performance.now() - this.began) / 1000
  }

  private share(runs: number): number {
    const { seconds, runs: maxRuns } = this.job.options
    const byTime = seconds === undefined ? 0 : 1 - this.secondsLeft() / seconds
    return Math.min(0.99, Math.max(byTime, (this.runs + runs) / maxRuns))
  }
}

const isOpen = (verdict: Verdict | undefined): boolean =>
  verdict === undefined || verdict.verdict === 'none-found' || verdict.verdict === 'vacuous'
