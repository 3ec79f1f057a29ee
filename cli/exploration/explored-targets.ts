import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, reasonOf } from '../../base/folder.js'
import { ok, type Problem, type Result, refuse } from '../../base/result.js'
import { Shared, Stop } from '../../checker/barrier.js'
import { forceGc } from '../../checker/force-gc.js'
import type { SearchResult } from '../../checker/result.js'
import type { StoreMemory } from '../../checker/state-store.js'
import type { System } from '../../checker/system.js'
import { saveCheckpoint } from '../../checker/threads/checkpoint.js'
import { exploreInThreads } from '../../checker/threads/coordinator.js'
import { coveredBy, type ExploredTarget, worst } from '../../report/text/exploration.js'
import { saveVerdicts } from '../../search/archive/save.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { buildSystems, type SystemToExplore } from '../../search/exhaustive/build-systems.js'
import type { ExplorationSpec, ModelExplorationSpec } from '../../search/exhaustive/exploration-spec.js'
import { ModelSystem } from '../../search/exhaustive/model-system.js'
import { recipeOf } from '../../search/exhaustive/threads/thread-system.js'
import { verdictsInThread } from '../../search/exhaustive/threads/verdict-thread.js'
import { isBounded, needsGraph } from '../../search/exhaustive/verdicts.js'
import type { ExploreOptions } from '../commands/explore.js'
import { complain, type Io } from '../terminal/io.js'
import { makeProgress } from '../terminal/progress.js'
import { capacityOf, memoryFor } from './memory.js'

export interface AllExplored {
  readonly found: readonly ExploredTarget[]
  /** Why the next one could not be searched. */
  readonly wrong?: Problem
}

interface Searched {
  readonly spec: ExplorationSpec
  readonly system: System
  readonly explored: SearchResult
  /** Where it is kept, if something is left of it. */
  readonly path: string
  /** Seconds of this process. */
  readonly spent: number
}

/** Explores targets one after the other, and keeps what is found and what was cut short. */
export class ExploredTargets {
  private isInterrupted = false
  private complained = ''

  constructor(
    private readonly io: Io,
    private readonly options: ExploreOptions,
    private readonly catalogue: Catalogue,
  ) {}

  /** What can be told to be wrong before the first search is; what goes wrong later loses nothing that was found. */
  async all(specs: readonly ExplorationSpec[]): Promise<Result<AllExplored>> {
    const built = buildSystems(specs, this.catalogue)
    if (!built.ok) return built
    for (const one of built.value) {
      const capacity = 'system' in one ? capacityOf(one.spec, one.system.packing, this.options) : undefined
      if (capacity?.ok === false) return capacity
    }
    const folder = this.makeCheckpoints()
    if (!folder.ok) return folder
    const found: ExploredTarget[] = []
    for (const opening of built.value) {
      const one = await this.one(opening)
      if (!one.ok) return ok({ found, wrong: one.problem })
      found.push(one.value)
      forceGc()
      if (this.isInterrupted) break
    }
    return ok({ found })
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

  private async one(opening: SystemToExplore): Promise<Result<ExploredTarget>> {
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
    const explored = await this.search(spec, system, memory.value, path)
    const spent = (performance.now() - begun) / 1000
    return ok(await this.report({ spec, system, explored, path, spent }))
  }

  private async search(
    spec: ExplorationSpec,
    system: System,
    memory: StoreMemory,
    path: string,
  ): Promise<SearchResult> {
    const { options, io } = this
    const progress = makeProgress(io, 'explore')
    const isResumed = (new Int32Array(memory.shared)[Shared.blocks] ?? 0) > 0
    try {
      return await exploreInThreads(recipeOf(spec, this.catalogue), memory, {
        threads: options.workers,
        exhaust: spec.kind === 'b1' || needsGraph(spec),
        properties: system.properties.length,
        checkpoint: { path, everySeconds: options.every },
        isResumed,
        ...(options.time === undefined ? {} : { seconds: options.time }),
        onProgress: (states) => progress.show(states / memory.capacity),
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
  private async report({ spec, system, explored, path, spent }: Searched): Promise<ExploredTarget> {
    if (spec.kind === 'b1' || !(system instanceof ModelSystem)) {
      const verdict = explored.failures.length > 0 ? 'violated' : isBounded(explored) ? 'inconclusive' : 'held'
      const left = this.leave(spec, explored, path, isBounded(explored))
      return { spec, explored: coveredBy(explored), verdict, judged: [], ...left }
    }
    const { verdicts, profile, stop } = await this.conclude(spec, explored, spent)
    const judged = saveVerdicts(verdicts, this.options.save)
    const left = this.leave(spec, explored, path, isBounded(explored) || stop !== Stop.Complete)
    const symmetry = system.symmetries?.label
    return {
      ...{ spec, explored: coveredBy(explored), verdict: worst(verdicts.map((one) => one.verdict)), judged, ...left },
      ...(profile === undefined ? {} : { fields: profile }),
      ...(symmetry === undefined ? {} : { symmetry }),
    }
  }

  private conclude(spec: ModelExplorationSpec, explored: SearchResult, spent: number) {
    const { time, fields } = this.options
    return verdictsInThread(spec, explored, {
      fields: fields === true,
      catalogue: this.catalogue,
      ...(time === undefined || isBounded(explored) ? {} : { seconds: Math.max(0, time - spent) }),
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
