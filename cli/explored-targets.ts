import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { freemem } from 'node:os'
import { join } from 'node:path'
import type { Checked } from '../model/checked.js'
import type { ExploredTarget } from '../report/explored.js'
import { loadCheckpoint, saveCheckpoint } from '../search/explore/checkpoint.js'
import { Shared, Stop } from '../search/explore/control.js'
import type { Explored } from '../search/explore/explored.js'
import { dominantValues, fieldShares } from '../search/explore/fields.js'
import { conclude, needsGraph } from '../search/explore/judge.js'
import { ModelSystem } from '../search/explore/model-system.js'
import { makeSystem, type Spec } from '../search/explore/spec.js'
import { bytesPerState, capacityFor, makeMemory, type StoreMemory } from '../search/explore/store.js'
import type { System } from '../search/explore/system.js'
import { exploreInThreads } from '../search/explore/threads.js'
import type { VerdictName } from '../search/verdict.js'
import type { ExploreOptions } from './explore.js'
import { complain, type Io } from './io.js'
import { keepAll } from './keep.js'
import { makeProgress } from './progress.js'

/** Below this many states a search says nothing about anything. */
const fewest = 1000
/** The share of free memory that states may take, if nobody says otherwise. */
const usualShare = 0.6

/** Explores targets one after the other, and keeps what is found and what was cut short. */
export class ExploredTargets {
  private isInterrupted = false

  constructor(
    private readonly io: Io,
    private readonly options: ExploreOptions,
  ) {}

  async all(specs: readonly Spec[]): Promise<Checked<readonly ExploredTarget[]>> {
    const found: ExploredTarget[] = []
    for (const spec of specs) {
      const one = await this.one(spec)
      if (!one.ok) return one
      found.push(one.value)
      if (this.isInterrupted) break
    }
    return { ok: true, value: found }
  }

  private async one(spec: Spec): Promise<Checked<ExploredTarget>> {
    const made = makeSystem(spec)
    if (!made.ok) return made
    const system = made.value
    const path = join(this.options.checkpoints, `${digest(spec)}.checkpoint`)
    const memory = this.memoryFor(system, path)
    if (!memory.ok) return memory
    const explored = await this.search(spec, system, memory.value, path)
    return { ok: true, value: this.report(spec, system, explored, path) }
  }

  private memoryFor(system: System, path: string): Checked<StoreMemory> {
    const { memory = Math.floor(freemem() * usualShare), states = Number.POSITIVE_INFINITY } = this.options
    const fits = capacityFor(system.words.length, memory)
    if (fits < Math.min(fewest, states)) return { ok: false, message: tooLarge(system, memory, fits) }
    const capacity = Math.min(states, fits)
    try {
      if (this.options.resume !== true || !existsSync(path)) {
        return { ok: true, value: makeMemory(system.words.length, capacity) }
      }
      const resumed = loadCheckpoint(path, capacity)
      return resumed.ok ? { ok: true, value: resumed.value.memory } : resumed
    } catch (error) {
      if (error instanceof RangeError) return { ok: false, message: tooLarge(system, memory, fits) }
      throw error
    }
  }

  private async search(spec: Spec, system: System, memory: StoreMemory, path: string): Promise<Explored> {
    const { options, io } = this
    const progress = makeProgress(io, 'explore')
    mkdirSync(options.checkpoints, { recursive: true })
    const isResumed = (new Int32Array(memory.shared)[Shared.blocks] ?? 0) > 0
    try {
      return await exploreInThreads(spec, memory, {
        threads: options.workers,
        exhaust: spec.kind === 'b1' || needsGraph(spec),
        properties: system.properties.length,
        checkpoint: { path, every: options.every },
        ...(options.time === undefined ? {} : { time: options.time }),
        ...(isResumed ? { before: 0 } : {}),
        onProgress: (states) => progress.show(states / memory.capacity),
        onInterrupt: (stop) =>
          io.onInterrupt(() => {
            this.isInterrupted = true
            stop()
          }),
      })
    } finally {
      progress.stop()
    }
  }

  private report(spec: Spec, system: System, explored: Explored, path: string): ExploredTarget {
    const isCut = explored.stop !== Stop.Complete && explored.stop !== Stop.Violated
    const checkpoint = isCut ? this.keep(spec, explored, path) : forget(path)
    if (spec.kind === 'b1' || !(system instanceof ModelSystem)) {
      return { spec, explored, verdict: verdictOf(explored, isCut), judged: [], checkpoint }
    }
    const verdicts = conclude(spec, system, explored)
    const judged = keepAll(verdicts, this.options.save)
    const fields = this.options.fields === true ? growthOf(system, explored) : undefined
    const verdict = worst(verdicts.map((one) => one.verdict).filter((one) => one !== 'not-applicable'))
    const symmetry = system.symmetries?.label
    return {
      ...{ spec, explored, verdict, judged, checkpoint },
      ...(fields === undefined ? {} : { fields }),
      ...(symmetry === undefined ? {} : { symmetry }),
    }
  }

  private keep(spec: Spec, { memory, stop }: Explored, path: string): string | undefined {
    if (stop === Stop.Memory) return existsSync(path) ? path : undefined
    try {
      saveCheckpoint(path, spec, memory)
      return path
    } catch (error) {
      complain(this.io, `${path}: the search could not be saved: ${(error as Error).message}`)
      return undefined
    }
  }
}

const growthOf = (system: ModelSystem, explored: Explored) => ({
  shares: fieldShares(system, explored),
  values: dominantValues(system, explored, ['phase', 'pc', 'dma', 'closed']),
})

const verdictOf = ({ found }: Explored, isCut: boolean): VerdictName => {
  if (found.length > 0) return 'violated'
  return isCut ? 'inconclusive' : 'held'
}

const bySeverity: readonly VerdictName[] = ['violated', 'inconclusive', 'vacuous', 'not-applicable', 'held']

const worst = (verdicts: readonly VerdictName[]): VerdictName =>
  bySeverity.find((name) => verdicts.includes(name)) ?? 'held'

/** A search that came to its end needs no checkpoint. */
function forget(path: string): undefined {
  rmSync(path, { force: true })
  return undefined
}

const digest = (spec: Spec): string => {
  const name = spec.kind === 'b1' ? 'b1' : spec.setup.design.replaceAll('/', '-')
  return `${name}.${createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 8)}`
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

function tooLarge(system: System, memory: number, fits: number): string {
  const each = mebibytes(bytesPerState(system.words.length))
  return (
    `--scope: a state takes ${each} with its place in the table, so ${fits.toLocaleString('en-US')} fit into ` +
    `${mebibytes(memory)}; expected room for at least ${fewest.toLocaleString('en-US')}: ` +
    'a smaller scope, fewer parts, or --memory'
  )
}
