import type { GuestMistake } from '../model/machine/machine.js'
import type { Parts } from '../model/machine/parts.js'
import type { Platform } from '../model/machine/platform.js'
import type { Scope, ScopeInput } from '../model/machine/scope.js'
import { isAcquire } from '../model/plan/node-names.js'
import type { Accounting, Call, Host, Memlock, OnFault, Plan } from '../model/plan/plan.js'
import {
  inPlaceNotIn72,
  inPlaceNotIn612,
  inPlaceSameFrame,
  iommufdMapFileAbsent,
  iommufdMapFileBacking,
  pkvmSharesInPlace,
  type Rule,
} from '../spec/index.js'
import { ccaCalls, ccaEnds } from './drivers/architectures/kvm-cca.js'
import { connectCalls } from './drivers/architectures/kvm-connect.js'
import { coveCalls } from './drivers/architectures/kvm-cove.js'
import { pkvmCalls } from './drivers/architectures/kvm-pkvm.js'
import { snpCalls } from './drivers/architectures/kvm-snp.js'
import {
  type Around,
  addedBy,
  attachOnly,
  detachOnly,
  enableAtsTagged,
  removedBy,
  undoAdded,
} from './drivers/devices.js'
import { type KvmCalls, kvmCalls } from './drivers/kvm.js'
import { slot } from './vocabulary/ranges.js'
import { slotGone, slotReady } from './vocabulary/steps.js'

/**
 * A way to keep DMA mappings: a kernel driver's map and unmap as plans, or a driver of a design's own.
 *
 * @example
 * const late: Driver = { ...type1v2, name: 'flushes-late', unmap: { body: [...clear, ...unpin, ...flush], undo: [] } }
 */
export interface Driver {
  /** As `--driver` takes it: unique among the drivers of all designs. */
  readonly name: string
  /** What the driver is, in a sentence, as `dmaproof explain` prints it. */
  readonly summary?: string
  /** Whether the driver pins what it maps, so that a punched hole frees no page that a device reaches. */
  readonly pins: boolean
  /** How the driver maps `ranges.given`, and what it takes back when a step fails. */
  readonly map: Call
  /** How the driver unmaps `ranges.given`. */
  readonly unmap: Call
  /** What the driver does when the VM ends. */
  readonly teardown: Plan
  /** What becomes of mappings when a device comes; nothing, if left out. */
  readonly attach?: Call
  /** What becomes of mappings when a device goes; nothing, if left out. */
  readonly detach?: Call
  /** How the driver turns ATS of a device on, where that comes late; with a tag for flushes, if left out. */
  readonly ats?: Plan
  /** Builds a second domain beside the one in use. */
  readonly domains?: 2
  /** An unmap takes the whole of a mapping whose first page it covers, beyond its own range. */
  readonly unmapsWhole?: boolean
  /** Which interface accounts for mappings, pins and locked memory, and so whose rules hold: type1, if left out. */
  readonly accounting?: Accounting
  /** Whose pages count against the limit of locked memory: of the mapping process, if left out. */
  readonly memlock?: Memlock
  /** Maps by file descriptor and offset. */
  readonly byFile?: boolean
  /** The rule by which a map or an unmap may return before what it promises is so: `calls-as-promised` is not asked. */
  readonly endsEarly?: Rule
}

/**
 * Host software: how it turns pages private and shared, as lists of atomic steps.
 *
 * @example
 * const mine: Design = {
 *   name: 'mine', summary: 'Maps and pins all.', source: 'a sketch', lock: 'one per VM',
 *   drivers: [type1v2], backings: ['separate'],
 *   boot: [{ call: 'map', on: ranges.allPages }],
 *   toPrivate: [steps.acquire('vm'), { call: 'set-private', on: ranges.chunk }, steps.release('vm')],
 *   toShared: [steps.acquire('vm'), { call: 'set-shared', on: ranges.chunk }, steps.release('vm')],
 * }
 */
export interface Design {
  /** As commands take it: unique, beside the variant. */
  readonly name: string
  /** Two designs that differ in one step are variants of one design. */
  readonly variant?: string
  /** The idea, in a sentence. */
  readonly summary: string
  /** Who does it so, or who proposed it. */
  readonly source: string
  /** The lock that its source takes around a conversion. */
  readonly lock: string
  /** The drivers over which it is judged; the first, unless `--driver` names another. */
  readonly drivers: readonly Driver[]
  /** Where shared and private memory of a page lie: in frames of their own (`separate`), or in one (`in-place`). */
  readonly backings: readonly Scope['backing'][]
  /** Before the guest runs, without a chunk; a step that fails ends it. */
  readonly boot: Plan
  /**
   * Turns `ranges.chunk` private: what is left of a request of the guest, up to the end of a superpage. A request that
   * covers more runs the plan once for each superpage, and an interrupt may come in between (see `wholeRequests`). The
   * guest is told when the last one has ended.
   */
  readonly toPrivate: Plan
  /** Turns `ranges.chunk` shared, in the same way. */
  readonly toShared: Plan
  /**
   * Runs when a step of `toPrivate` has failed, from its first step on: nothing says how far the plan came, so ask the
   * state (`loops.eachUnansweredPrivatePage`). The chunk is the same, chunks before it stay private. The locks that the
   * plan held are still held; they are released when the undo ends, and then the guest is told the error. A step of the
   * undo that fails is skipped. Left out, nothing is taken back.
   */
  readonly undoPrivate?: Plan
  /** Runs when a step of `toShared` has failed, in the same way (`loops.eachUnacknowledgedPage`). */
  readonly undoShared?: Plan
  /** What the VMM does around a device that comes, beside what its driver does. */
  readonly added?: Around
  /** What the VMM does around a device that goes, beside what its driver does. */
  readonly removed?: Around
  /** What the VMM does when a memory slot goes: KVM's call alone, if left out. */
  readonly slotRemoved?: Plan
  /** Runs when a step of `slotRemoved` has failed. */
  readonly undoSlotRemoved?: Plan
  /** What the VMM does when a memory slot comes: KVM's call alone, if left out. */
  readonly slotAdded?: Plan
  /** Runs when a step of `slotAdded` has failed. */
  readonly undoSlotAdded?: Plan
  /** KVM's own calls on TDX, where the design changes KVM. */
  readonly kvm?: KvmCalls
  /** The same on other architectures. */
  readonly kvmOn?: Readonly<Partial<Record<Platform['architecture'], KvmCalls>>>
  /** What the design needs of a scope to be itself. */
  readonly scope?: ScopeInput
  /** At a fault on a page under conversion: `converts`, the default, or `repeats`. */
  readonly onFault?: OnFault
  /** The guest asks for the first superpage at boot. */
  readonly bootRequest?: boolean
  /** The guest asks for shared without a release of what it accepted, on a platform where it has to release it. */
  readonly guestKeepsPages?: boolean
  /**
   * The guest lets a device reach its memory before it has verified the evidence of the interface, or stops the
   * interface while the device still may.
   */
  readonly guestMistake?: GuestMistake
  /**
   * KVM hands the design a request as a whole, so that `ranges.chunk` may cover several superpages: a batch. Linux does
   * not (`tdx.map-gpa/chunks`): left out, a chunk ends with its superpage.
   */
  readonly wholeRequests?: boolean
  /** Whether the design maps all in one call, so that the number of mappings does not grow with the guest. */
  readonly mapsOnce?: boolean
  /** The rule by which the design may refuse a conversion for good. */
  readonly refuses?: Rule
  /** The rule by which a conversion that fails stops the VM, in the place of an answer. */
  readonly stops?: Rule
}

/**
 * The full name of a design: `on-demand-4k`, or `on-demand-4k/map-first`.
 *
 * @example
 * fullName({ ...design, name: 'mine', variant: 'no-undo' }) // 'mine/no-undo'
 */
export const fullName = (design: Design): string =>
  design.variant === undefined ? design.name : `${design.name}/${design.variant}`

const slotRemovedAlone: Plan = [{ call: 'delete-slot', on: slot }, slotGone]
const slotAddedAlone: Plan = [{ call: 'create-slot', on: slot }, slotReady]

interface KvmOn {
  /** The calls that user space makes. */
  readonly calls: KvmCalls
  /** What KVM does after a conversion that succeeded, before the guest has its answer. */
  readonly ends: { readonly toPrivate: Plan; readonly toShared: Plan }
}

const nothing: KvmOn['ends'] = { toPrivate: [], toShared: [] }

/** KVM on each architecture. */
const kvmOf: Readonly<Record<Platform['architecture'], KvmOn>> = {
  tdx: { calls: kvmCalls, ends: nothing },
  'sev-snp': { calls: snpCalls, ends: nothing },
  'riscv-cove': { calls: coveCalls, ends: nothing },
  'arm-cca': { calls: ccaCalls, ends: ccaEnds },
  'tdx-connect': { calls: connectCalls, ends: nothing },
  pkvm: { calls: pkvmCalls, ends: nothing },
}

/**
 * Whose calls KVM makes: without the part `secureEpt` no step of an architecture's own is there, and all are alike; but
 * the identity map of pKVM is what DMA goes by.
 */
export const kvmArchitecture = (
  { secureEpt, cpuFlush }: Parts,
  { architecture }: Platform,
): Platform['architecture'] => (secureEpt || cpuFlush || architecture === 'pkvm' ? architecture : 'tdx')

/** What few designs say. */
const rarely = ({ guestMistake, refuses, stops }: Design): Partial<Host> => ({
  ...(guestMistake === undefined ? {} : { guestMistake }),
  ...(refuses === undefined ? {} : { refuses }),
  ...(stops === undefined ? {} : { stops }),
})

/** All that the host of a machine does, from a design and one of its drivers. */
export function hostOf(design: Design, driver: Driver, architecture: Platform['architecture'] = 'tdx'): Host {
  const changed = architecture === 'tdx' ? design.kvm : design.kvmOn?.[architecture]
  const kvm = kvmOf[architecture]
  return {
    calls: {
      ...(changed ?? kvm.calls),
      map: driver.map,
      unmap: driver.unmap,
      attach: driver.attach ?? attachOnly,
      detach: driver.detach ?? detachOnly,
    },
    boot: design.boot,
    toPrivate: [...design.toPrivate, ...kvm.ends.toPrivate],
    toShared: [...design.toShared, ...kvm.ends.toShared],
    undoPrivate: design.undoPrivate ?? [],
    undoShared: design.undoShared ?? [],
    teardown: driver.teardown,
    added: addedBy(design.added),
    undoAdded,
    removed: removedBy(design.removed),
    ats: driver.ats ?? enableAtsTagged,
    slotRemoved: design.slotRemoved ?? slotRemovedAlone,
    undoSlotRemoved: design.undoSlotRemoved ?? [slotReady],
    slotAdded: design.slotAdded ?? slotAddedAlone,
    undoSlotAdded: design.undoSlotAdded ?? [slotGone],
    pins: driver.pins,
    domains: driver.domains ?? 1,
    unmapsWhole: driver.unmapsWhole === true,
    byFile: driver.byFile === true,
    accounting: driver.accounting ?? 'type1',
    memlock: driver.memlock ?? 'process',
    bootRequest: design.bootRequest === true,
    guestKeepsPages: design.guestKeepsPages === true,
    wholeRequests: design.wholeRequests === true,
    onFault: design.onFault ?? 'converts',
    ...(driver.endsEarly === undefined ? {} : { endsEarly: driver.endsEarly }),
    ...rarely(design),
  }
}

/** Why a design cannot be on a platform with a backing, as the rule that says so; undefined if it can. */
export function notApplicable(
  design: Design,
  driver: Driver,
  backing: Scope['backing'],
  platform: Platform,
): Rule | undefined {
  if (platform.architecture === 'pkvm' && backing === 'separate') return pkvmSharesInPlace
  if (!platform.backings.includes(backing)) return platform.mapFile ? inPlaceNotIn72 : inPlaceNotIn612
  if (driver.byFile === true && !platform.mapFile) return iommufdMapFileAbsent
  if (driver.byFile === true && backing === 'in-place') return iommufdMapFileBacking
  return design.backings.includes(backing) ? undefined : inPlaceSameFrame
}

/**
 * The same plan without its locks around conversions: what a design is without the discipline of its caller.
 *
 * @example
 * dmaSuite(withoutVmLock(mine))
 */
export function withoutVmLock(design: Design): Design {
  const strip = (plan: Plan): Plan => plan.filter((node) => !isAcquire(node) || node.lock !== 0)
  const variant = design.variant === undefined ? 'no-lock' : `${design.variant}-no-lock`
  const around = (one: Around): Around => ({ before: strip(one.before), after: strip(one.after) })
  return {
    ...design,
    variant,
    lock: 'none',
    toPrivate: strip(design.toPrivate),
    toShared: strip(design.toShared),
    ...(design.added === undefined ? {} : { added: around(design.added) }),
    ...(design.removed === undefined ? {} : { removed: around(design.removed) }),
    ...(design.slotRemoved === undefined ? {} : { slotRemoved: strip(design.slotRemoved) }),
    ...(design.slotAdded === undefined ? {} : { slotAdded: strip(design.slotAdded) }),
  }
}
