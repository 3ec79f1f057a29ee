import type { Rule } from '../../spec/index.js'
import { type Architecture, architectures } from './architectures/index.js'
import { mustRelease, trustedDevices } from './architectures/trusted.js'
import { Effects } from './effects.js'
import type { Parts } from './parts.js'
import type { Platform } from './platform.js'
import type { Scope } from './scope.js'
import { domainsFor, State } from './state.js'
import { Touched } from './touched.js'
import type { VcpuId } from './units.js'

/** A number that a plan computes from the machine, its state and the vCPU that runs it. */
export type Operand = (m: Machine, s: State, vcpu: VcpuId) => number

/**
 * One instruction. `Act` is a step that the other actors can see; the rest runs with the step before it. `Opcode` of
 * model/plan/compiler.ts numbers the instructions.
 */
export interface Instruction {
  /** An `Opcode`. */
  readonly op: number
  /** Act: kind index of the row, and its parameters behind the vCPU. */
  readonly kind: number
  readonly args: readonly Operand[]
  /** Act: where an errno leads, `ignore` and `repeat` resolved. Branch and Jump: where to go (Branch: if false). */
  target: number
  /** Do: a computation that no other actor can see. Branch: whether the plan continues with the next instruction. */
  readonly run: (m: Machine, s: State, vcpu: VcpuId) => unknown
  /** Whether the cursor of its plan stands at the first page of a superpage. */
  readonly atSuperpage: boolean
}

/** What a guest gets wrong with the interface of its device: `enables-unverified` is DMA before it has verified. */
export type GuestMistake = 'enables-unverified' | 'stops-enabled'

/** A host's plans, compiled for one machine. */
export interface Program {
  readonly code: readonly Instruction[]
  /** Index of each plan's first instruction. */
  readonly entry: Readonly<Record<EntryName, number>>
  readonly pins: boolean
  readonly unmapsWhole: boolean
  readonly byFile: boolean
  readonly bootRequest: boolean
  readonly guestKeepsPages: boolean
  readonly guestMistake: GuestMistake | undefined
  /** A chunk is all that is left of a request, and not at most a superpage of it. */
  readonly wholeRequests: boolean
  readonly onFault: 'converts' | 'repeats'
  readonly memlock: 'process' | 'user'
  /** Which interface accounts for mappings, pins and locked memory, and so whose rules hold. */
  readonly accounting: 'type1' | 'iommufd' | 'none'
  readonly domains: number
  /** Some plan notes pages in a bitmap of the VMM's own. */
  readonly notesPages: boolean
  readonly refuses: Rule | undefined
  readonly endsEarly: Rule | undefined
  readonly stops: Rule | undefined
}

/** The plans that a machine can run from the start. */
export type EntryName =
  | 'boot'
  | 'toPrivate'
  | 'toShared'
  | 'teardown'
  | 'added'
  | 'removed'
  | 'ats'
  | 'slotAdded'
  | 'slotRemoved'
  | 'map'
  | 'unmap'

/** Counts steps, where a caller asks for it. */
export interface StepCounter {
  /** @param cause index of the way in which the step failed, or -1 if it was taken */
  note(kind: number, cause: number): void
}

/** What a machine is made of, before it is one. */
export type MachineSettings = Pick<Machine, 'scope' | 'platform' | 'parts'>

/**
 * What does not change while a machine runs, and the scratch in which a step reports what it did.
 *
 * @example
 * const isFirst: Condition = { name: 'the first page', holds: (m: Machine, s, vcpu) => m.pages > 0 }
 */
export class Machine {
  readonly pages: number
  /** Pages of memory; those behind them are a device's. */
  readonly memoryPages: number
  readonly perSuper: number
  readonly regions: number
  readonly domains: number
  readonly inPlace: boolean
  /** The RMP is modelled: which frames are assigned, which pages are validated, and sizes of its entries. */
  readonly rmp: boolean
  /** The page table of the guest is the TSM's, and confidential frames are those of the memory protection table. */
  readonly tsm: boolean
  /** The RTT of an Arm CCA realm is modelled, with the granules behind it and the RIPAS. */
  readonly realm: boolean
  /** The hypervisor of pKVM keeps what the host and its devices reach, and what each page is to the guest. */
  readonly pkvm: boolean
  /** The SMMU translates at last by the identity map of the host. */
  readonly nested: boolean
  /** A frame becomes the guest's at its first fault, and stops being so by steps of its own. */
  readonly ownsAtFault: boolean
  /** Devices that the guest trusts, from the first on. */
  readonly trusted: number
  /** The host cannot block a page that the guest has accepted and not released. */
  readonly mustRelease: boolean
  /** The IOMMU reads its own, possibly older, copy of the tables. */
  readonly incoherent: boolean
  /** Whether anything here depends on whether a DMA reads or writes; where nothing does, devices only write. */
  readonly tellsReads: boolean
  /** What the last step did, for the monitor. */
  readonly event = new Effects()
  /** Pages whose properties the last step may have changed. */
  readonly touched: Touched

  /** Counts the rows that steps take and the ways in which they fail, where a caller asks. */
  coverage: StepCounter | undefined

  /** The failure that the boot plan met (`failing`), or -1: judged with the initial state. */
  bootCause = -1

  constructor(
    readonly scope: Scope,
    readonly platform: Platform,
    readonly parts: Parts,
    readonly program: Program,
    /** Kinds of what the environment can ever do here, in the order of the relation. */
    readonly environment: readonly number[],
    /** What can fail here in the steps of some plan (`Failure`), in ascending order. */
    readonly failures: readonly number[],
  ) {
    this.pages = scope.pages
    this.memoryPages = scope.pages - scope.devicePages
    this.perSuper = scope.pagesPerSuperpage
    this.regions = scope.pages / scope.pagesPerSuperpage
    this.domains = domainsFor(program.domains)
    this.tellsReads = tellsReads(scope, platform, parts)
    this.inPlace = scope.backing === 'in-place'
    this.rmp = parts.secureEpt && this.architecture.guestTable === 'rmp'
    this.tsm = parts.secureEpt && this.architecture.guestTable === 'tsm'
    this.realm = parts.secureEpt && this.architecture.guestTable === 'rtt'
    this.pkvm = platform.identityMap !== 'absent'
    this.nested = platform.identityMap === 'nested'
    this.ownsAtFault = this.rmp || this.realm
    this.trusted = trustedDevices(scope, platform, parts)
    this.mustRelease = mustRelease(platform, parts)
    this.incoherent = parts.coherency && !platform.coherentPageWalk
    this.touched = new Touched(scope.pages)
  }

  /** Asked for where it decides something: a machine that never asks does the same on every architecture. */
  get architecture(): Architecture {
    return architectures[this.platform.architecture]
  }

  /** The fault reason of a DMA that is kept away from private memory (`FaultReason`). */
  get blockedReason(): number {
    return this.architecture.blockedReason
  }

  /** @param room words behind the vector, in the same buffer */
  blankState(room = 0): State {
    return new State(this.scope, this.platform, this.parts, this.domains, this.program.notesPages, room)
  }
}

/**
 * Reads and writes differ in data, in permissions (which only raw calls ask for) and the faults of these, in what a
 * fault record says, in what drains.
 */
function tellsReads(scope: Scope, platform: Platform, parts: Parts): boolean {
  if (parts.content || parts.faultRing || scope.calls || platform.drain === 'writes') return true
  return platform.ats && platform.deviceInvalidation === 'early'
}
