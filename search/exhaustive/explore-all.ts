import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ok, type Problem, type Result } from '../../base/result.js'
import { Shared, Stop } from '../../checker/control/barrier.js'
import { forceGc } from '../../checker/force-gc.js'
import type { StoreMemory } from '../../checker/memory/store-memory.js'
import type { Packing } from '../../checker/packing/packing.js'
import type { SearchResult } from '../../checker/result.js'
import type { System } from '../../checker/system.js'
import { saveCheckpoint } from '../../checker/threads/checkpoint.js'
import { exploreInThreads, makeSearchThreads } from '../../checker/threads/coordinator.js'
import { saveVerdicts } from '../archive/save.js'
import type { Catalogue } from '../catalogue/catalogue.js'
import { threadsCanLoad } from '../catalogue/load-in-thread.js'
import { buildSystems, type SystemToExplore } from './build-systems.js'
import type { ExplorationSpec, ModelExplorationSpec } from './exploration-spec.js'
import { coveredBy, type ExploredTarget, worst } from './explored-target.js'
import { ModelSystem } from './model-system.js'
import { recipeOf } from './threads/thread-system.js'
import { makeVerdictThreads, verdictsInThread } from './threads/verdict-thread.js'
import { isBounded, needsGraph } from './verdicts.js'

/** Where a search is kept that is cut short, and the text that an equal one is known by. */
export interface Kept {
  readonly path: string
  readonly identity: string
}

/** What decides how much memory a search takes. */
export interface ExplorationMemory {
  /** How many states a search may store; refused if that is too few for its scope. */
  readonly capacityOf: (spec: ExplorationSpec, packing: Packing) => Result<number>
  /** Allocates the memory of a search, or loads that of the one that is kept. */
  readonly take: (spec: ExplorationSpec, packing: Packing, kept: Kept) => Result<StoreMemory>
}

export interface ExplorationOptions {
  readonly catalogue: Catalogue
  readonly memory: ExplorationMemory
  /** Seconds for the next of so many machines that are left; no bound, if undefined. */
  readonly secondsFor: (machines: number) => number | undefined
  /** Threads that search together. */
  readonly workers: number
  /** Also profiles which fields multiply the states. */
  readonly fields: boolean
  /** The folder of searches that are cut short, which exists; and seconds after which a running one is saved. */
  readonly checkpoints: { readonly folder: string; readonly everySeconds: number }
  /** The folder of counterexamples. */
  readonly save: string
}

/** What is told while machines are explored. */
export interface ExplorationWatch {
  /** A search begins, of one of so many machines, counted from 1. @returns what is told how far it is, and its end */
  readonly onSearch: (machine: number, of: number) => SearchWatch
  /** Called after each machine; `isInterrupted` once the whole is. */
  readonly onFound: (one: ExploredTarget, isInterrupted: boolean) => void
  /** A search could not be saved. */
  readonly onUnsaved: (path: string, error: unknown) => void
  /** A search was cut short, and is not saved: a longer one of the same machine is, and stays. */
  readonly onLongerKept: (path: string) => void
  /** Registers what ends the searches before their time. @returns how to stop listening */
  readonly onInterrupt: (stop: () => void) => () => void
}

export interface SearchWatch {
  /** From 0 to 1: of the bound of states, or of that of time. */
  readonly show: (share: number) => void
  readonly stop: () => void
}

export interface AllExplored {
  readonly found: readonly ExploredTarget[]
  /** Why the next one could not be searched. */
  readonly wrong?: Problem
}

interface Searched {
  readonly spec: ExplorationSpec
  readonly system: System
  readonly explored: SearchResult
  /** Where the search is kept, if something is left of it. */
  readonly path: string
  /** For the verdicts; no bound, if undefined. */
  readonly secondsLeft: number | undefined
}

/**
 * Builds what is to be explored. What can be told to be wrong is refused before the first search: what goes wrong later
 * loses nothing that was found.
 */
export async function openExploration(
  specs: readonly ExplorationSpec[],
  { catalogue, memory }: Pick<ExplorationOptions, 'catalogue' | 'memory'>,
): Promise<Result<readonly SystemToExplore[]>> {
  const built = buildSystems(specs, catalogue)
  if (!built.ok) return built
  for (const target of built.value) {
    const capacity = 'system' in target ? memory.capacityOf(target.spec, target.system.packing) : undefined
    if (capacity?.ok === false) return capacity
  }
  const threads = await threadsCanLoad(catalogue)
  return threads.ok ? built : threads
}

/** Explores machines one after the other, and keeps what is found and what was cut short. */
export async function exploreAll(
  built: readonly SystemToExplore[],
  options: ExplorationOptions,
  watch: ExplorationWatch,
): Promise<AllExplored> {
  const exploration = new Exploration(options, watch)
  const ignore = exploration.onInterrupt(() => undefined)
  try {
    return await exploration.all(built)
  } finally {
    ignore()
    await exploration.end()
  }
}

class Exploration {
  private isInterrupted = false
  private readonly threads = { search: makeSearchThreads(), verdicts: makeVerdictThreads() }

  constructor(
    private readonly options: ExplorationOptions,
    private readonly watch: ExplorationWatch,
  ) {}

  readonly onInterrupt = (stop: () => void): (() => void) =>
    this.watch.onInterrupt(() => {
      this.isInterrupted = true
      stop()
    })

  async all(built: readonly SystemToExplore[]): Promise<AllExplored> {
    const found: ExploredTarget[] = []
    for (const [index, opening] of built.entries()) {
      if (this.isInterrupted) break
      const seconds = this.options.secondsFor(built.length - index)
      const explored = await this.explore(opening, seconds, () => this.watch.onSearch(index + 1, built.length))
      if (!explored.ok) return { found, wrong: explored.problem }
      found.push(explored.value)
      this.watch.onFound(explored.value, this.isInterrupted)
      forceGc()
    }
    return { found }
  }

  async end(): Promise<void> {
    await Promise.all([this.threads.search.end(), this.threads.verdicts.end()])
  }

  private async explore(
    opening: SystemToExplore,
    seconds: number | undefined,
    begin: () => SearchWatch,
  ): Promise<Result<ExploredTarget>> {
    const { spec } = opening
    if ('verdicts' in opening) {
      return ok({ spec, verdict: 'not-applicable', judged: saveVerdicts(opening.verdicts, '') })
    }
    const { system } = opening
    const { catalogue, checkpoints } = this.options
    const path = join(checkpoints.folder, checkpointName(spec))
    const kept = { path, identity: recipeOf(spec, catalogue).identity }
    const memory = this.options.memory.take(spec, system.packing, kept)
    if (!memory.ok) return memory
    const begun = performance.now()
    const explored = await this.search({ spec, system, path }, memory.value, seconds, begin())
    const secondsLeft = seconds === undefined ? undefined : Math.max(0, seconds - (performance.now() - begun) / 1000)
    return ok(await this.report({ spec, system, explored, path, secondsLeft }))
  }

  private async search(
    { spec, system, path }: Omit<Searched, 'explored' | 'secondsLeft'>,
    memory: StoreMemory,
    seconds: number | undefined,
    progress: SearchWatch,
  ): Promise<SearchResult> {
    const { catalogue, workers, checkpoints } = this.options
    const begun = performance.now()
    const { capacity } = memory
    const timeShare = () => (seconds === undefined ? 0 : (performance.now() - begun) / 1000 / seconds)
    const isResumed = (new Int32Array(memory.shared)[Shared.blocks] ?? 0) > 0
    try {
      return await exploreInThreads(this.threads.search, recipeOf(spec, catalogue), memory, {
        threads: workers,
        exhaust: spec.kind === 'b1' || needsGraph(spec),
        properties: system.properties.length,
        checkpoint: { path, everySeconds: checkpoints.everySeconds },
        isResumed,
        ...(seconds === undefined ? {} : { seconds }),
        onProgress: (states) => progress.show(Math.min(1, Math.max(states / capacity, timeShare()))),
        onUnsaved: (error) => this.watch.onUnsaved(path, error),
        onInterrupt: this.onInterrupt,
      })
    } finally {
      progress.stop()
    }
  }

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
    const { fields, catalogue } = this.options
    return verdictsInThread(this.threads.verdicts, spec, explored, {
      fields,
      catalogue,
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
      if (!saveCheckpoint(path, recipeOf(spec, this.options.catalogue).identity, memory)) this.watch.onLongerKept(path)
    } catch (error) {
      this.watch.onUnsaved(path, error)
    }
  }
}

/** The name of the file in which a search of a spec is kept. */
const checkpointName = (spec: ExplorationSpec): string => {
  const name = spec.kind === 'b1' ? 'b1' : spec.setup.design.replaceAll('/', '-')
  return `${name}.${createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 8)}.checkpoint`
}
