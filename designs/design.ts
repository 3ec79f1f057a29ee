import type { Platform } from '../model/machine/platform.js'
import type { Scope, ScopeInput } from '../model/machine/scope.js'
import type { Books, Call, Host, Memlock, OnFault, Plan } from '../model/plan/plan.js'
import {
  inPlaceNotIn72,
  inPlaceNotIn612,
  inPlaceSameFrame,
  iommufdMapFileAbsent,
  iommufdMapFileBacking,
  type Rule,
} from '../spec/index.js'
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

/** A way to keep DMA mappings: a kernel driver's map and unmap as plans, or a driver of a design's own. */
export interface Driver {
  readonly name: string
  readonly pins: boolean
  readonly map: Call
  readonly unmap: Call
  readonly teardown: Plan
  /** What becomes of mappings when a device comes, and when one goes; nothing, if left out. */
  readonly attach?: Call
  readonly detach?: Call
  /** How it turns ATS of a device on, where that comes late; with a tag for flushes, if left out. */
  readonly ats?: Plan
  /** Builds a second domain beside the one in use. */
  readonly domains?: 2
  /** An unmap takes the whole of a mapping whose first page it covers, beyond its own range. */
  readonly unmapsWhole?: boolean
  /** Whose account of mappings it keeps, and so whose rules hold for it: type1's, if left out. */
  readonly books?: Books
  /** Whose pages count against the limit of locked memory: of the mapping process, if left out. */
  readonly memlock?: Memlock
  /** Maps by file descriptor and offset. */
  readonly byFile?: boolean
  /** The rule by which a map or an unmap may return before what it promises is so: `calls-as-promised` is not asked. */
  readonly endsEarly?: Rule
}

/** Host software: how it turns pages private and shared, as lists of atomic steps. */
export interface Design {
  readonly name: string
  /** Two designs that differ in one step are variants of one design. */
  readonly variant?: string
  /** The idea, in a sentence. */
  readonly summary: string
  /** Who does it so, or who proposed it. */
  readonly source: string
  /** The lock that its source takes around a conversion. */
  readonly lock: string
  readonly drivers: readonly Driver[]
  readonly backings: readonly Scope['backing'][]
  readonly boot: Plan
  readonly toPrivate: Plan
  readonly toShared: Plan
  readonly undoPrivate?: Plan
  readonly undoShared?: Plan
  /** What the VMM does around a device that comes, or goes, beside what its driver does. */
  readonly added?: Around
  readonly removed?: Around
  /** What the VMM does when a memory slot goes, and comes: KVM's call alone, if left out. */
  readonly slotRemoved?: Plan
  readonly undoSlotRemoved?: Plan
  readonly slotAdded?: Plan
  readonly undoSlotAdded?: Plan
  /** KVM's own calls, where the design changes KVM. */
  readonly kvm?: KvmCalls
  /** What the design needs of a scope to be itself. */
  readonly scope?: ScopeInput
  /** At a fault on a page under conversion: `converts`, the default, or `repeats`. */
  readonly onFault?: OnFault
  /** The guest asks for the first superpage at boot. */
  readonly bootRequest?: boolean
  /** It maps in one call whatever it maps, so that the number of mappings does not grow with the guest. */
  readonly mapsOnce?: boolean
  /** The rule by which the design may refuse a conversion for good. */
  readonly refuses?: Rule
  /** The rule by which a conversion that fails stops the VM, in the place of an answer. */
  readonly stops?: Rule
}

/** The full name of a design: `on-demand-4k`, or `on-demand-4k/map-first`. */
export const fullName = (design: Design): string =>
  design.variant === undefined ? design.name : `${design.name}/${design.variant}`

const slotRemovedAlone: Plan = [{ call: 'delete-slot', on: slot }, slotGone]
const slotAddedAlone: Plan = [{ call: 'create-slot', on: slot }, slotReady]

/** All that the host of a machine does, from a design and one of its drivers. */
export function hostOf(design: Design, driver: Driver): Host {
  return {
    calls: {
      ...(design.kvm ?? kvmCalls),
      map: driver.map,
      unmap: driver.unmap,
      attach: driver.attach ?? attachOnly,
      detach: driver.detach ?? detachOnly,
    },
    boot: design.boot,
    toPrivate: design.toPrivate,
    toShared: design.toShared,
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
    books: driver.books ?? 'type1',
    memlock: driver.memlock ?? 'process',
    bootRequest: design.bootRequest === true,
    onFault: design.onFault ?? 'converts',
    ...(driver.endsEarly === undefined ? {} : { endsEarly: driver.endsEarly }),
    ...(design.refuses === undefined ? {} : { refuses: design.refuses }),
    ...(design.stops === undefined ? {} : { stops: design.stops }),
  }
}

/** Why a design cannot be on a platform with a backing, as the rule that says so; undefined if it can. */
export function notApplicable(
  design: Design,
  driver: Driver,
  backing: Scope['backing'],
  platform: Platform,
): Rule | undefined {
  if (!platform.backings.includes(backing)) return platform.mapFile ? inPlaceNotIn72 : inPlaceNotIn612
  if (driver.byFile === true && !platform.mapFile) return iommufdMapFileAbsent
  if (driver.byFile === true && backing === 'in-place') return iommufdMapFileBacking
  return design.backings.includes(backing) ? undefined : inPlaceSameFrame
}

/** The same plan without its locks around conversions: what a design is without the discipline of its caller. */
export function withoutVmLock(design: Design): Design {
  const strip = (plan: Plan): Plan =>
    plan.filter((node) => !('row' in node) || node.row !== 'lock.acquire' || node.lock !== 0)
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
