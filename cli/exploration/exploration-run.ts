import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, reasonOf } from '../../base/folder.js'
import { ok, type Problem, type Result, refuse } from '../../base/result.js'
import { Shared, Stop } from '../../checker/barrier.js'
import { forceGc } from '../../checker/force-gc.js'
import type { StoreMemory } from '../../checker/memory/store-memory.js'
import type { SearchResult } from '../../checker/result.js'
import type { System } from '../../checker/system.js'
import { saveCheckpoint } from '../../checker/threads/checkpoint.js'
import { exploreInThreads } from '../../checker/threads/coordinator.js'
import { coveredBy, type ExploredTarget, worst } from '../../report/text/exploration.js'
import { saveVerdicts } from '../../search/archive/save.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { threadsCanLoad } from '../../search/catalogue/load-in-thread.js'
import { buildSystems, type SystemToExplore } from '../../search/exhaustive/build-systems.js'
import type { ExplorationSpec, ModelExplorationSpec } from '../../search/exhaustive/exploration-spec.js'
import { ModelSystem } from '../../search/exhaustive/model-system.js'
import { recipeOf } from '../../search/exhaustive/threads/thread-system.js'
import { verdictsInThread } from '../../search/exhaustive/threads/verdict-thread.js'
import { isBounded, needsGraph } from '../../search/exhaustive/verdicts.js'
import { complain, type Io } from '../terminal/io.js'
import { makeProgress } from '../terminal/progress.js'
import { capacityOf, memoryFor } from './memory.js'
import type { ExploreOptions } from './options.js'

/** Seconds for all machines of the default scope, so that the command ends in two minutes. */
const wholeTime = 110

export interface AllExplored {
  readonly found: readonly ExploredTarget[]
  /** Why the next one could not be searched. */
  readonly wrong?: Problem
}

type OnFound = (one: ExploredTarget, isInterrupted: boolean) => void

interface Searched {
  readonly spec: ExplorationSpec
  readonly system: System
  readonly explored: SearchResult
  /** Where it is kept, if something is left of it. */
  readonly path: string
  /** For the verdicts; no bound, if undefined. */
  readonly secondsLeft: number | undefined
}

/** Explores targets one after the other, and keeps what is found and what was cut short. */
export class ExplorationRun {
  private readonly began = performance.now()
  private isInterrupted = false
  private complained = ''
  /** Of the progress. */
  private title = 'explore'

  constructor(
    private readonly io: Io,
    private readonly options: ExploreOptions,
    private readonly catalogue: Catalogue,
  ) {}

  /**
   * What can be told to be wrong before the first search is; what goes wrong later loses nothing that was found.
   *
   * @param onFound called after each machine; `isInterrupted` once ^C has come
   */
  async all(specs: readonly ExplorationSpec[], onFound: OnFound): Promise<Result<AllExplored>> {
    const built = buildSystems(specs, this.catalogue)
    if (!built.ok) return built
    for (const one of built.value) {
      const capacity = 'system' in one ? capacityOf(one.spec, one.system.packing, this.options) : undefined
      if (capacity?.ok === false) return capacity
    }
    const threads = await threadsCanLoad(this.catalogue)
    if (!threads.ok) return threads
    const folder = this.makeCheckpoints()
    if (!folder.ok) return folder
    const ignore = this.onInterrupt(() => undefined)
    try {
      return ok(await this.oneByOne(built.value, onFound))
    } finally {
      ignore()
    }
  }

  private async oneByOne(built: readonly SystemToExplore[], onFound: OnFound): Promise<AllExplored> {
    const found: ExploredTarget[] = []
    for (const [index, opening] of built.entries()) {
      if (this.isInterrupted) break
      this.title = built.length === 1 ? 'explore' : `explore, machine ${index + 1} of ${built.length}`
      const one = await this.one(opening, this.secondsFor(built.length - index))
      if (!one.ok) return { found, wrong: one.problem }
      found.push(one.value)
      onFound(one.value, this.isInterrupted)
      forceGc()
    }
    return { found }
  }

  /** Seconds for the next of so many machines: as asked, or, for the default scope, half of those that are left. */
  private secondsFor(machines: number): number | undefined {
    const { time, scope, states } = this.options
    if (time !== undefined || scope !== undefined || states !== undefined) return time
    const left = Math.max(0, wholeTime - (performance.now() - this.began) / 1000)
    return machines === 1 ? left : left / 2
  }

  private makeCheckpoints(): Result<void> {
    const { checkpoints } = this.options
    try {
      makeFolder(checkpoints)
      return ok(undefined)
    } catch (error) {
      return refuse(`--checkpoints ${checkpoints}: ${reasonOf(error)}`)
    }
  }

  private async one(opening: SystemToExplore, seconds: number | undefined): Promise<Result<ExploredTarget>> {
    const { spec } = opening
    if ('verdicts' in opening) {
      return ok({ spec, verdict: 'not-applicable', judged: saveVerdicts(opening.verdicts, '') })
    }
    const { system } = opening
    const path = join(this.options.checkpoints, `${digest(spec)}.checkpoint`)
    const kept = { path, identity: recipeOf(spec, this.catalogue).identity }
    const memory = memoryFor(spec, system.packing, this.options, kept)
    if (!memory.ok) return memory
    const begun = performance.now()
    const explored = await this.search({ spec, system, path }, memory.value, seconds)
    const secondsLeft = seconds === undefined ? undefined : Math.max(0, seconds - (performance.now() - begun) / 1000)
    return ok(await this.report({ spec, system, explored, path, secondsLeft }))
  }

  private async search(
    { spec, system, path }: Omit<Searched, 'explored' | 'secondsLeft'>,
    memory: StoreMemory,
    seconds: number | undefined,
  ): Promise<SearchResult> {
    const { options, io } = this
    // how many states there are is known at the end: until then, a bound tells how long it may take
    const progress = makeProgress(io, this.title, 'at most')
    const begun = performance.now()
    const { capacity } = memory
    const timeShare = () => (seconds === undefined ? 0 : (performance.now() - begun) / 1000 / seconds)
    const isResumed = (new Int32Array(memory.shared)[Shared.blocks] ?? 0) > 0
    try {
      return await exploreInThreads(recipeOf(spec, this.catalogue), memory, {
        threads: options.workers,
        exhaust: spec.kind === 'b1' || needsGraph(spec),
        properties: system.properties.length,
        checkpoint: { path, everySeconds: options.every },
        isResumed,
        ...(seconds === undefined ? {} : { seconds }),
        onProgress: (states) => progress.show(Math.min(1, Math.max(states / capacity, timeShare()))),
        onUnsaved: (error) => this.complainUnsaved(path, error),
        onInterrupt: this.onInterrupt,
      })
    } finally {
      progress.stop()
    }
  }

  private readonly onInterrupt = (stop: () => void): (() => void) =>
    this.io.onInterrupt(() => {
      this.isInterrupted = true
      stop()
    })

  /** A search that came to its end needs no checkpoint any more once its verdicts are kept. */
  private async report({ spec, system, explored, path, secondsLeft }: Searched): Promise<ExploredTarget> {
    if (spec.kind === 'b1' || !(system instanceof ModelSystem)) {
      const verdict = explored.failures.length > 0 ? 'violated' : isBounded(explored) ? 'inconclusive' : 'held'
      const left = this.leave(spec, explored, path, isBounded(explored))
      return { spec, explored: coveredBy(explored), verdict, judged: [], ...left }
    }
    const { verdicts, profile, stop } = await this.conclude(spec, explored, secondsLeft)
    const judged = saveVerdicts(verdicts, this.options.save)
    const left = this.leave(spec, explored, path, isBounded(explored) || stop !== Stop.Complete)
    const symmetry = system.symmetries?.label
    return {
      ...{ spec, explored: coveredBy(explored), verdict: worst(verdicts.map((one) => one.verdict)), judged, ...left },
      ...(profile === undefined ? {} : { fields: profile }),
      ...(symmetry === undefined ? {} : { symmetry }),
    }
  }

  private conclude(spec: ModelExplorationSpec, explored: SearchResult, secondsLeft: number | undefined) {
    return verdictsInThread(spec, explored, {
      fields: this.options.fields === true,
      catalogue: this.catalogue,
      ...(secondsLeft === undefined || isBounded(explored) ? {} : { seconds: secondsLeft }),
      onInterrupt: this.onInterrupt,
    })
  }

  /** Keeps a search that something is left of, and forgets one that is done. */
  private leave(
    spec: ExplorationSpec,
    { memory, stop }: SearchResult,
    path: string,
    isLeft: boolean,
  ): { checkpoint?: string } {
    if (!isLeft) rmSync(path, { force: true })
    else if (stop !== Stop.Memory) this.keep(spec, memory, path)
    return existsSync(path) ? { checkpoint: path } : {}
  }

  private keep(spec: ExplorationSpec, memory: StoreMemory, path: string): void {
    try {
      if (saveCheckpoint(path, recipeOf(spec, this.catalogue).identity, memory)) return
      complain(this.io, `${path}: a longer search of the same machine is kept there, and stays; --resume continues it`)
    } catch (error) {
      this.complainUnsaved(path, error)
    }
  }

  /** Says so once: a search that runs for a night tries again every minute. */
  private complainUnsaved(path: string, error: unknown): void {
    const message = `${path}: the search could not be saved: ${reasonOf(error)}`
    if (message !== this.complained) complain(this.io, message)
    this.complained = message
  }
}

const digest = (spec: ExplorationSpec): string => {
  const name = spec.kind === 'b1' ? 'b1' : spec.setup.design.replaceAll('/', '-')
  return `${name}.${createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 8)}`
}
