import { addCoverage } from '../../model/actions/coverage.js'
import { Coverage } from '../../model/actions/relation.js'
import { type Archived, loadTraces } from '../../search/archive/load.js'
import { isTraceOf, retryArchived } from '../../search/archive/retry.js'
import type { SavedVerdict } from '../../search/archive/save.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import type { ConfigurationName } from '../../search/check/configurations.js'
import { type Configured, otherMachines, type Question, smallestMachines } from '../../search/check/machines.js'
import { type Searched, summarise } from '../../search/check/summary.js'
import type { Job } from '../../search/jobs/job.js'
import type { PoolResult } from '../../search/jobs/pool.js'
import type { Trace } from '../../search/trace.js'
import { readable } from '../archive.js'
import { searchAll } from '../search-all.js'
import type { Io } from '../terminal/io.js'

/** Seconds for a design with one driver, unless told: with start and shrinking it ends within half a minute. */
export const wholeTime = 22
/** The plain machine's part of the time. */
export const plainShare = 0.25
/** Most runs are as long as two conversions and the DMA around them; some are longer. */
export const shortestRun = 80
/** Seconds in which a shorter run than the shrunk one is searched for. */
const shorten = 1
/** Bounds of the search of states that goes before the runs of a machine, and its part of the machine's time. */
export const small = { states: 40_000, seconds: 2, share: 0.4 }

export interface CheckEnd {
  readonly judged: readonly SavedVerdict[]
  readonly result: PoolResult
  /** Machines that were to be searched, and how many were. */
  readonly searches: number
  readonly ended: number
  readonly coverage: Coverage
}

export interface CheckBounds {
  readonly runs?: number
  readonly length: number
  readonly time?: number
  readonly seed: number
  readonly save: string
  readonly jobs: number
  readonly fresh?: boolean
}

interface Place extends Configured {
  readonly question: Question
}

/**
 * Searches the plain machines of every question, and then, for what they do not violate, all other configurations: so
 * that a counterexample is on the simplest machine that has one, and what is found does not depend on the threads.
 */
export class Check {
  private readonly searched: Searched[] = []
  private readonly coverage = new Coverage()
  private traces: readonly Archived<Trace>[] | undefined
  private searches = 0
  private ended = 0
  private readonly began = performance.now()

  constructor(
    private readonly io: Io,
    private readonly questions: readonly Question[],
    private readonly wanted: readonly ConfigurationName[],
    private readonly bounds: CheckBounds,
    private readonly catalogue: Catalogue,
  ) {}

  async run(): Promise<CheckEnd> {
    const plain = this.wanted.includes('plain') ? this.plainMachines() : []
    const rest = this.wanted.some((name) => name !== 'plain')
    let result = await this.search(plain, 'check', rest ? plainShare : 1)
    if (rest && result.ended === 'all') {
      result = await this.search(this.otherMachines(plain), 'check, other configurations', 1)
    }
    const { searched, searches, ended, coverage } = this
    return { judged: summarise(this.questions, searched), result, searches, ended, coverage }
  }

  private plainMachines(): Place[] {
    return this.questions.flatMap((question) =>
      smallestMachines(question).map((machine) => ({ question, configuration: 'plain' as const, machine })),
    )
  }

  /** The machines of the other configurations, with what is not violated yet. */
  private otherMachines(plain: readonly Place[]): Place[] {
    return this.questions.flatMap((question) => {
      const open = { ...question, properties: question.properties.filter((name) => !this.isViolated(question, name)) }
      const before = plain.filter((one) => one.question === question).map(({ machine }) => machine)
      return otherMachines(open, before, this.wanted).map((one) => ({ question, ...one }))
    })
  }

  private isViolated(question: Question, property: string): boolean {
    return this.searched.some(
      (one) =>
        one.question === question &&
        one.judged.some(({ verdict }) => verdict.property === property && verdict.verdict === 'violated'),
    )
  }

  /** @param share of the time that is left */
  private async search(places: readonly Place[], title: string, share: number): Promise<PoolResult> {
    if (places.length === 0) return { ended: 'all' }
    const options = this.optionsFor(places.length, share)
    const { states, seconds: most } = small
    const seconds = Math.min(most, (options.seconds ?? most) * small.share)
    const jobs = places.map(({ machine }): Job => ({ ...machine, options, small: { states, seconds } }))
    const { save: folder, jobs: threads } = this.bounds
    const how = { jobs: threads, folder, title, catalogue: this.catalogue }
    const retried = jobs.map((job) => retryArchived(job, this.archived(jobs), this.catalogue))
    const rest = retried.map((job) => job.rest)
    const { judged, result, ended, coverage } = await searchAll(this.io, rest, how)
    addCoverage(this.coverage, coverage)
    for (const [index, { question, configuration }] of places.entries()) {
      const all = [...(retried[index]?.judged ?? []), ...(judged[index] ?? [])]
      if (all.length > 0) this.searched.push({ question, configuration, judged: all })
    }
    this.searches += places.length
    this.ended += ended
    return result
  }

  /** What earlier searches of these designs and drivers kept: read once, before this one keeps more. */
  private archived(jobs: readonly Job[]): readonly Archived<Trace>[] {
    const { save, fresh } = this.bounds
    const isWanted = (name: string) => fresh !== true && jobs.some((job) => isTraceOf(name, job))
    this.traces ??= readable(this.io, loadTraces(save, isWanted))
    return this.traces
  }

  private optionsFor(machines: number, share: number): Job['options'] {
    const { seed, runs, length, time, jobs } = this.bounds
    const shortest = Math.min(shortestRun, length)
    if (time === undefined && runs !== undefined) return { seed, runs, length, shortest, shorten }
    const subjects = new Set(this.questions.map(({ design, driver }) => `${design.name}/${design.variant} ${driver}`))
    const whole = time ?? wholeTime * subjects.size
    const left = Math.max(0, whole - (performance.now() - this.began) / 1000)
    const seconds = (share * left * Math.max(1, jobs)) / machines
    return { seed, runs: runs ?? Number.MAX_SAFE_INTEGER, length, shortest, shorten, seconds }
  }
}
