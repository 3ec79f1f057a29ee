import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Checked } from '../model/checked.js'
import { coveredBy, type ExploredTarget, worst } from '../report/explored.js'
import { saveCheckpoint } from '../search/explore/checkpoint.js'
import { concludeInThread } from '../search/explore/concluding.js'
import { Shared, Stop } from '../search/explore/control.js'
import type { Explored } from '../search/explore/explored.js'
import { giveBack } from '../search/explore/give-back.js'
import { isCut, needsGraph } from '../search/explore/judge.js'
import { ModelSystem } from '../search/explore/model-system.js'
import { type Opening, openAll } from '../search/explore/openings.js'
import type { ModelSpec, Spec } from '../search/explore/spec.js'
import type { StoreMemory } from '../search/explore/store.js'
import type { System } from '../search/explore/system.js'
import { exploreInThreads } from '../search/explore/threads.js'
import { makeFolder, reasonOf } from '../search/folder.js'
import type { ExploreOptions } from './explore.js'
import { capacityOf, memoryFor } from './explore-memory.js'
import { complain, type Io } from './io.js'
import { keepAll } from './keep.js'
import { makeProgress } from './progress.js'

export interface AllExplored {
  readonly found: readonly ExploredTarget[]
  /** Why the next one could not be searched. */
  readonly wrong?: string
}

interface Searched {
  readonly spec: Spec
  readonly system: System
  readonly explored: Explored
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
  ) {}

  /** What can be told to be wrong before the first search is; what goes wrong later loses nothing that was found. */
  async all(specs: readonly Spec[]): Promise<Checked<AllExplored>> {
    const opened = openAll(specs)
    if (!opened.ok) return opened
    for (const one of opened.value) {
      const capacity = 'system' in one ? capacityOf(one.spec, one.system.words.length, this.options) : undefined
      if (capacity?.ok === false) return capacity
    }
    const folder = this.makeCheckpoints()
    if (!folder.ok) return folder
    const found: ExploredTarget[] = []
    for (const opening of opened.value) {
      const one = await this.one(opening)
      if (!one.ok) return { ok: true, value: { found, wrong: one.message } }
      found.push(one.value)
      giveBack()
      if (this.isInterrupted) break
    }
    return { ok: true, value: { found } }
  }

  private makeCheckpoints(): Checked<void> {
    const { checkpoints } = this.options
    try {
      makeFolder(checkpoints)
      return { ok: true, value: undefined }
    } catch (error) {
      return { ok: false, message: `--checkpoints ${checkpoints}: ${reasonOf(error)}` }
    }
  }

  private async one(opening: Opening): Promise<Checked<ExploredTarget>> {
    const { spec } = opening
    if ('verdicts' in opening) {
      return { ok: true, value: { spec, verdict: 'not-applicable', judged: keepAll(opening.verdicts, '') } }
    }
    const { system } = opening
    const path = join(this.options.checkpoints, `${digest(spec)}.checkpoint`)
    const memory = memoryFor(spec, system.words.length, this.options, path)
    if (!memory.ok) return memory
    const begun = performance.now()
    const explored = await this.search(spec, system, memory.value, path)
    const spent = (performance.now() - begun) / 1000
    return { ok: true, value: await this.report({ spec, system, explored, path, spent }) }
  }

  private async search(spec: Spec, system: System, memory: StoreMemory, path: string): Promise<Explored> {
    const { options, io } = this
    const progress = makeProgress(io, 'explore')
    const isResumed = (new Int32Array(memory.shared)[Shared.blocks] ?? 0) > 0
    try {
      return await exploreInThreads(spec, memory, {
        threads: options.workers,
        exhaust: spec.kind === 'b1' || needsGraph(spec),
        properties: system.properties.length,
        checkpoint: { path, every: options.every },
        isResumed,
        ...(options.time === undefined ? {} : { time: options.time }),
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
      const verdict = explored.found.length > 0 ? 'violated' : isCut(explored) ? 'inconclusive' : 'held'
      const left = this.leave(spec, explored, path, isCut(explored))
      return { spec, explored: coveredBy(explored), verdict, judged: [], ...left }
    }
    const { verdicts, growth, stop } = await this.conclude(spec, explored, spent)
    const judged = keepAll(verdicts, this.options.save)
    const left = this.leave(spec, explored, path, isCut(explored) || stop !== Stop.Complete)
    const symmetry = system.symmetries?.label
    return {
      ...{ spec, explored: coveredBy(explored), verdict: worst(verdicts.map((one) => one.verdict)), judged, ...left },
      ...(growth === undefined ? {} : { fields: growth }),
      ...(symmetry === undefined ? {} : { symmetry }),
    }
  }

  private conclude(spec: ModelSpec, explored: Explored, spent: number) {
    const { time, fields } = this.options
    return concludeInThread(spec, explored, {
      fields: fields === true,
      ...(time === undefined || isCut(explored) ? {} : { time: Math.max(0, time - spent) }),
      onInterrupt: this.onInterrupt,
    })
  }

  /** Keeps a search that something is left of, and forgets one that is done. */
  private leave(spec: Spec, { memory, stop }: Explored, path: string, isLeft: boolean): { checkpoint?: string } {
    if (!isLeft) rmSync(path, { force: true })
    else if (stop !== Stop.Memory) this.keep(spec, memory, path)
    return existsSync(path) ? { checkpoint: path } : {}
  }

  private keep(spec: Spec, memory: StoreMemory, path: string): void {
    try {
      if (saveCheckpoint(path, spec, memory)) return
      complain(
        this.io,
        `${path}: a longer search of the same machine is kept there, and stays; --resume goes on with it`,
      )
    } catch (error) {
      this.complainUnsaved(path, error)
    }
  }

  /** Says so once: a search that goes on for a night tries again every minute. */
  private complainUnsaved(path: string, error: unknown): void {
    const message = `${path}: the search could not be saved: ${reasonOf(error)}`
    if (message !== this.complained) complain(this.io, message)
    this.complained = message
  }
}

const digest = (spec: Spec): string => {
  const name = spec.kind === 'b1' ? 'b1' : spec.setup.design.replaceAll('/', '-')
  return `${name}.${createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 8)}`
}
