import { addCoverage } from '../../model/actions/coverage.js'
import { Coverage } from '../../model/actions/relation.js'
import { type Archived, loadTraces } from '../../search/archive/load.js'
import type { SavedVerdict } from '../../search/archive/save.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import type { ConfigurationName } from '../../search/check/configurations.js'
import { type Configured, type DesignQuestion, otherMachines, smallestMachines } from '../../search/check/machines.js'
import { inRounds, runsIn, seedIn, shortestRun, smallBounds, TimeShares } from '../../search/check/rounds.js'
import { type Searched, summarise } from '../../search/check/summary.js'
import type { Job } from '../../search/jobs/job.js'
import type { PoolResult } from '../../search/jobs/pool.js'
import { isTraceOf, type Retried, retryArchived } from '../../search/jobs/retry.js'
import type { Trace } from '../../search/trace.js'
import type { Verdict } from '../../search/verdict.js'
import { readable } from '../archive.js'
import { searchAll } from '../search-all.js'
import type { Io } from '../terminal/io.js'

/** Seconds for a design with one driver, unless told: with start and shrinking it ends within half a minute. */
export const wholeTime = 22
/** Seconds in which a shorter run than the shrunk one is searched for. */
export const shorten = 1

export interface CheckEnd {
  /** By question, in their order. */
  readonly judged: readonly (readonly SavedVerdict[])[]
  readonly result: PoolResult
  /** How many searches were planned, and how many came to their end. */
  readonly searches: number
  readonly ended: number
  readonly coverage: Coverage
  /** What was planned, and not begun when the time was over. */
  readonly unbegun: readonly Unbegun[]
}

/** The configurations of one question that no search was begun in. */
export interface Unbegun {
  readonly question: DesignQuestion
  readonly configurations: readonly ConfigurationName[]
  /** How many configurations mean something for the question. */
  readonly of: number
}

export interface CheckBounds {
  readonly runs?: number
  readonly length: number
  readonly time?: number
  readonly seed: number
  readonly save: string
  readonly jobs: number
  readonly fresh?: boolean
  /** Violations are shrunk, unless false; then no states are searched either, since what that finds is shortest. */
  readonly shrink?: boolean
}

interface Place extends Configured {
  readonly question: DesignQuestion
  readonly round: number
}

/**
 * Searches the plain machines of every question, and for what they do not violate all other configurations: in rounds,
 * from a short look at each machine to a long one, until the time is over. With a number of runs instead of a time, it
 * does so once, and what it finds does not depend on the threads.
 */
export class Check {
  private readonly searched: Searched[] = []
  private readonly planned: Place[] = []
  private readonly violated = new Map<DesignQuestion, Set<string>>()
  private readonly coverage = new Coverage()
  private traces: readonly Archived<Trace>[] | undefined
  private searches = 0
  private ended = 0
  private readonly began = performance.now()

  constructor(
    private readonly io: Io,
    private readonly questions: readonly DesignQuestion[],
    private readonly wanted: readonly ConfigurationName[],
    private readonly bounds: CheckBounds,
    private readonly catalogue: Catalogue,
  ) {
    for (const question of questions) this.violated.set(question, new Set())
  }

  async run(): Promise<CheckEnd> {
    const result = this.isTimed() ? await this.inTime() : await this.byRuns()
    const { searched, searches, ended, coverage } = this
    const judged = this.questions.map((question) => summarise([question], searched))
    return { judged, result, searches, ended, coverage, unbegun: this.unbegun() }
  }

  private isTimed = (): boolean => this.bounds.time !== undefined || this.bounds.runs === undefined

  private inTime(): Promise<PoolResult> {
    const plain = this.plainMachines()
    return this.search(inRounds([...plain, ...this.otherMachines(plain)]), 'check')
  }

  private async byRuns(): Promise<PoolResult> {
    const plain = this.plainMachines()
    const result = await this.search(plain, 'check')
    if (result.ended !== 'all') return result
    return this.search(this.otherMachines(plain), 'check, other configurations')
  }

  private plainMachines(): Place[] {
    if (!this.wanted.includes('plain')) return []
    return this.questions.flatMap((question) =>
      smallestMachines(question).map((machine) => ({ question, configuration: 'plain', machine, round: 0 })),
    )
  }

  /** The machines of the other configurations, with what is not violated yet. */
  private otherMachines(plain: readonly Place[]): Place[] {
    return this.questions.flatMap((question) => {
      const open = { ...question, properties: this.open(question, question.properties) }
      const before = plain.filter((one) => one.question === question).map(({ machine }) => machine)
      return otherMachines(open, before, this.wanted).map((one) => ({ question, ...one, round: 0 }))
    })
  }

  private open(question: DesignQuestion, properties: readonly string[]): readonly string[] {
    return properties.filter((name) => this.violated.get(question)?.has(name) !== true)
  }

  private async search(places: readonly Place[], title: string): Promise<PoolResult> {
    if (places.length === 0) return { ended: 'all' }
    const { save: folder, jobs } = this.bounds
    const retried = this.retried(places)
    const turns = { onTurn: this.inTurn(places), onViolated: this.noteFor(places) }
    const rest = retried.map((job) => job.rest)
    const options = { jobs, folder, title, catalogue: this.catalogue, ...turns }
    const { judged, result, ended, coverage } = await searchAll(this.io, rest, options)
    addCoverage(this.coverage, coverage)
    for (const [index, { question, configuration }] of places.entries()) {
      const all = [...(retried[index]?.judged ?? []), ...(judged[index] ?? [])]
      if (all.length > 0) this.searched.push({ question, configuration, judged: all })
    }
    this.planned.push(...places)
    this.searches += places.length
    this.ended += ended
    return result
  }

  /** What is violated already is not looked for, and so not missed either. */
  private unbegun(): Unbegun[] {
    return this.questions.flatMap((question) => {
      const begun = new Set(this.searched.filter((one) => one.question === question).map((one) => one.configuration))
      const planned = this.planned.filter((one) => one.question === question)
      const left = planned.filter(
        ({ configuration, machine }) => !begun.has(configuration) && this.open(question, machine.properties).length > 0,
      )
      const names = [...new Set(left.map(({ configuration }) => configuration))]
      const of = new Set(planned.map(({ configuration }) => configuration)).size
      return names.length === 0 ? [] : [{ question, configurations: names, of }]
    })
  }

  /** The jobs, without what earlier searches found and kept: that is replayed before the first of them begins. */
  private retried(places: readonly Place[]): Retried[] {
    const planned = places.map((place) => ({ ...place, job: this.jobOf(place) }))
    const traces = this.archived(planned.map(({ job }) => job))
    return planned.map(({ question, round, job }) => {
      const again = retryArchived(job, round === 0 ? traces : [], this.catalogue)
      this.note(
        question,
        again.judged.map(({ verdict }) => verdict),
      )
      return again
    })
  }

  private noteFor = (places: readonly Place[]) => (index: number, violated: readonly Verdict[]) => {
    const question = places[index]?.question
    if (question !== undefined) this.note(question, violated)
  }

  /** What is violated is not asked again. */
  private note(question: DesignQuestion, violated: readonly Verdict[]): void {
    for (const { property } of violated) this.violated.get(question)?.add(property)
  }

  /** A job whose turn has come: for what is not violated by then, in its share of the time that is left. */
  private inTurn(places: readonly Place[]): ((index: number, job: Job) => Job) | undefined {
    if (!this.isTimed()) return undefined
    const shares = new TimeShares(places)
    return (index, job) => {
      const place = places[index]
      if (place === undefined) return job
      const { question, configuration, round } = place
      const left = this.secondsLeft() * Math.max(1, this.bounds.jobs)
      const seconds = shares.secondsFor(index, left)
      const isFirst = round === 0 && configuration === 'plain'
      const properties = left <= 0 && !isFirst ? [] : this.open(question, job.properties)
      const small = job.small && { small: smallBounds(seconds, round) }
      return { ...job, properties, options: { ...job.options, seconds }, ...small }
    }
  }

  /** What earlier searches of these designs and drivers kept: read once, before this one keeps more. */
  private archived(jobs: readonly Job[]): readonly Archived<Trace>[] {
    const { save, fresh, shrink } = this.bounds
    const isWanted = (name: string) => fresh !== true && shrink !== false && jobs.some((job) => isTraceOf(name, job))
    this.traces ??= readable(this.io, loadTraces(save, isWanted))
    return this.traces
  }

  private jobOf({ machine, round }: Place): Job {
    const { seed, length, shrink = true } = this.bounds
    const maxRuns = this.bounds.runs ?? Number.MAX_SAFE_INTEGER
    const runs = this.isTimed() ? Math.min(maxRuns, runsIn(round)) : maxRuns
    const shortest = Math.min(shortestRun, length)
    const options = { seed: seedIn(round, seed), runs, length, shortest, ...(shrink ? { shorten } : { shrink }) }
    return { ...machine, options, ...(shrink && { small: smallBounds(Number.POSITIVE_INFINITY) }) }
  }

  private secondsLeft(): number {
    const subjects = new Set(this.questions.map(({ design, driver }) => `${design.name}/${design.variant} ${driver}`))
    const whole = this.bounds.time ?? wholeTime * subjects.size
    return whole - (performance.now() - this.began) / 1000
  }
}
