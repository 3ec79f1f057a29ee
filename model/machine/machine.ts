import type { Coverage } from '../actions/relation.js'
import type { Program } from '../plan/compiler.js'
import { Effects } from './effects.js'
import type { Parts } from './parts.js'
import type { Platform } from './platform.js'
import type { Scope } from './scope.js'
import { domainsFor, State } from './state.js'
import { Touched } from './touched.js'

/** What a machine is made of, before it is one. */
export type MachineSettings = Pick<Machine, 'scope' | 'platform' | 'parts'>

/** What does not change while a machine runs, and the scratch in which a step reports what it did. */
export class Machine {
  readonly pages: number
  readonly perSuper: number
  readonly regions: number
  readonly domains: number
  readonly inPlace: boolean
  /** The IOMMU reads its own, possibly older, copy of the tables. */
  readonly incoherent: boolean
  /** Whether anything here depends on whether a DMA reads or writes; where nothing does, devices only write. */
  readonly tellsReads: boolean
  /** What the last step did, for the judge. */
  readonly event = new Effects()
  /** Pages whose properties the last step may have changed. */
  readonly touched: Touched

  /** Counts the rows that steps take and the ways in which they fail, where somebody asks. */
  coverage: Coverage | undefined

  /** The failure that the boot plan met (`failing`), or -1: judged with the initial state. */
  bootCause = -1

  constructor(
    readonly scope: Scope,
    readonly platform: Platform,
    readonly parts: Parts,
    readonly program: Program,
    /** Kinds of what the environment can ever do here, in the order of the relation. */
    readonly environment: readonly number[],
  ) {
    this.pages = scope.pages
    this.perSuper = scope.pagesPerSuperpage
    this.regions = scope.pages / scope.pagesPerSuperpage
    this.domains = domainsFor(scope, program.domains)
    this.tellsReads = tellsReads(scope, platform, parts)
    this.inPlace = scope.backing === 'in-place'
    this.incoherent = parts.coherency && !platform.coherentPageWalk
    this.touched = new Touched(scope.pages)
  }

  /** @param room words behind the vector, in the same buffer */
  blankState(room = 0): State {
    return new State(this.scope, this.platform, this.parts, this.domains, room)
  }
}

/** Reads and writes differ in data, in permissions (which only raw calls ask for), in fault records, in what drains. */
function tellsReads(scope: Scope, platform: Platform, parts: Parts): boolean {
  if (parts.content || parts.faultRing || scope.calls) return true
  return platform.drain === 'writes' || platform.faultAfterRead === 'suppressed'
}
