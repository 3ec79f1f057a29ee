import { Arena } from '../../base/arena.js'
import { lastFailure } from './action.js'
import { mustRelease, trustedDevices, trustedPages } from './architectures/trusted.js'
import type { Parts } from './parts.js'
import type { Platform } from './platform.js'
import { registerCount } from './registers.js'
import { hasFailedWaits, hasReferences, hasTruncations, type Scope } from './scope.js'
import { StateViews } from './state-views.js'

export {
  Ats,
  Attr,
  ByFault,
  Cover,
  Dma,
  Dmar,
  Granule,
  HostPage,
  IdentityEntry,
  MptEntry,
  Owner,
  Phase,
  Plug,
  Ripas,
  Sept,
  Slot,
  Table,
  Tag,
  TdInvalidation,
  Tdisp,
  WaitError,
} from './values.js'

/** The locks of the host, in the order of `State.lock`. */
export const lockNames = ['vm', 'container', 'slots', 'mmu'] as const

/** What each lock is for, in a sentence. */
export const lockSays: Readonly<Record<(typeof lockNames)[number], string>> = {
  vm: 'The lock that a VMM takes around a conversion, one per VM; a design has it only if its plans take it.',
  container:
    "The lock of a VFIO container or an iommufd IOAS, which the driver's calls take around the account of mappings.",
  slots: "KVM's slots_lock, which its calls take around attributes and memory slots, with the part secureEpt.",
  mmu: "KVM's mmu_lock, which its calls take around the secure EPT, with the part secureEpt.",
}

/** Host frames of a scope: in place one a page; separate two shared generations and a private one a page. */
export function frameCount(scope: Scope): number {
  if (scope.backing === 'in-place') return scope.pages
  return scope.frames === 'pool' ? scope.pages * 2 + 1 : scope.pages * 3
}

/** A count that a correct driver keeps within the pages, and a wrong one may take to anything that fits. */
const counted = (pages: number): number => (pages < 0xff ? 0xff : pages < 0xffff ? 0xffff : 0xffff_ffff)

/** Domains that a container may have: the one in use, and one that a replacement builds. */
const maxDomains = 2
const queueDepth = (scope: Scope, platform: Platform) =>
  scope.vcpus * (platform.ats ? 2 + Number(platform.deviceInvalidation === 'early') : 1) + 1

/**
 * One machine's complete state: named views of one flat vector.
 *
 * @example
 * const isMapped = (s: State, gfn: number) => s.mapOf[gfn] !== 0
 */
export class State extends StateViews {
  /** The whole vector: copying is one `set`, and it is its own key. */
  readonly bytes: Uint8Array
  readonly #arena = new Arena()

  constructor(scope: Scope, platform: Platform, parts: Parts, domains: number, notesPages: boolean, room = 0) {
    super()
    const arena = this.#arena
    this.layOut(arena, scope, platform, parts, domains)
    this.noted = arena.take(notesPages ? scope.pages : 0, 1)
    this.bytes = arena.allocate(room)
    this.layOut(arena, scope, platform, parts, domains)
    this.noted = arena.take(notesPages ? scope.pages : 0, 1)
  }

  /** How many low bits of each byte of the vector's whole words may be set. */
  limits(): Uint8Array {
    return this.#arena.bits()
  }

  private layOut(arena: Arena, scope: Scope, platform: Platform, parts: Parts, domains: number): void {
    this.layOutMemory(arena, scope, platform, parts)
    this.layOutTables(arena, scope, platform, parts, domains)
    this.layOutCaches(arena, scope, platform, parts, domains)
    this.layOutDma(arena, scope, platform, parts)
    this.layOutTrusted(arena, scope, platform, parts)
    this.layOutVcpus(arena, scope, parts)
  }

  private layOutMemory(arena: Arena, scope: Scope, platform: Platform, parts: Parts): void {
    const { pages } = scope
    const frames = frameCount(scope)
    const guest = parts.secureEpt ? pages : 0
    this.attr = arena.take(pages, 1)
    this.guestView = arena.take(pages, 2)
    this.sharedFrame = arena.take(pages, frames)
    this.privateFrame = arena.take(pages, frames)
    this.orphans = arena.take(pages, 255)
    this.sealed = arena.take(hasTruncations(scope) ? 1 : 0, 1)
    this.truncationsLeft = arena.take(hasTruncations(scope) ? 1 : 0, 255)
    this.hva = arena.take(parts.hostAccess ? pages : 0, 1)
    this.slotHole = arena.take(pages, scope.slotChanges ? 3 : 1)
    this.slotState = arena.take(scope.slotChanges ? pages / scope.pagesPerSuperpage : 0, 7)
    this.sept = arena.take(guest, 4)
    this.blockedAge = arena.take(guest, 2)
    this.sharedEpt = arena.take(parts.content ? guest : 0, 1)
    this.blockedWindow = arena.take(parts.secureEpt ? 2 : 0, pages)
    this.mapOf = arena.take(pages, pages)
    this.mapLength = arena.take(pages, pages)
    this.pinnedFrame = arena.take(pages, frames)
    this.owner = arena.take(frames, 3)
    this.pins = arena.take(frames, 255)
    this.tag = arena.take(parts.content ? frames : 0, 4)
    this.poison = arena.take(parts.content ? frames : 0, 1)
    this.references = arena.take(hasReferences(scope) ? frames : 0, 1)
    this.unflushed = arena.take(parts.secureEpt ? frames : 0, 1)
    this.layOutOwners(arena, scope, platform, parts)
    this.layOutRealm(arena, scope, platform, parts)
    this.layOutHypervisor(arena, scope, platform, parts)
    this.released = arena.take(mustRelease(platform, parts) ? pages : 0, 1)
  }

  private layOutOwners(arena: Arena, scope: Scope, platform: Platform, parts: Parts): void {
    const hasRmp = parts.secureEpt && platform.architecture === 'sev-snp'
    const mayBeLarge = hasRmp && platform.rmpEntries === 'largest'
    this.rmpLarge = arena.take(mayBeLarge ? scope.pages / scope.pagesPerSuperpage : 0, 1)
    const keepsMpt = parts.secureEpt && platform.architecture === 'riscv-cove' && platform.ioMpt === 'kept'
    this.mptKept = arena.take(keepsMpt ? frameCount(scope) : 0, 2)
    const isRealm = parts.secureEpt && platform.architecture === 'arm-cca'
    this.freedAssigned = arena.take(isRealm || (hasRmp && scope.failures > 0) ? frameCount(scope) : 0, 1)
  }

  private layOutRealm(arena: Arena, scope: Scope, platform: Platform, parts: Parts): void {
    const isRealm = parts.secureEpt && platform.architecture === 'arm-cca'
    const mayBeBlock = isRealm && platform.rttEntries === 'blocks'
    this.granule = arena.take(isRealm ? frameCount(scope) : 0, 2)
    this.ripas = arena.take(isRealm ? scope.pages : 0, 2)
    this.rttBlock = arena.take(mayBeBlock ? scope.pages / scope.pagesPerSuperpage : 0, 1)
  }

  private layOutHypervisor(arena: Arena, scope: Scope, platform: Platform, parts: Parts): void {
    const isProtected = platform.identityMap !== 'absent'
    this.hostPage = arena.take(isProtected ? frameCount(scope) : 0, 2)
    this.idmap = arena.take(platform.identityMap === 'nested' ? frameCount(scope) : 0, 2)
    this.poisoned = arena.take(isProtected && parts.secureEpt && parts.hostAccess ? scope.pages : 0, 1)
  }

  private layOutTables(arena: Arena, scope: Scope, platform: Platform, parts: Parts, domains: number): void {
    const regions = scope.pages / scope.pagesPerSuperpage
    const leaf = (frameCount(scope) + 1) * 4 + 3
    const visible = parts.coherency && !platform.coherentPageWalk ? 1 : 0
    this.pde = arena.take(domains * regions, leaf)
    this.pte = arena.take(domains * scope.pages * 2, leaf)
    this.table = arena.take(domains * regions * 2, 3)
    this.visiblePde = arena.take(visible * domains * regions, leaf)
    this.visiblePte = arena.take(visible * domains * scope.pages * 2, leaf)
    this.deferred = arena.take(domains, 1)
  }

  private layOutCaches(arena: Arena, scope: Scope, platform: Platform, parts: Parts, domains: number): void {
    const { units, iotlbEntries, faultRecords } = scope
    const key = domains * scope.pages * 2 + 1
    const leaf = (frameCount(scope) + 1) * 4 + 3
    const devices = parts.deviceTlb && platform.ats ? scope.devices : 0
    this.iotlbKey = arena.take(units * iotlbEntries, key)
    this.iotlbLeaf = arena.take(units * iotlbEntries, leaf)
    this.devtlbKey = arena.take(devices * iotlbEntries, key)
    this.devtlbLeaf = arena.take(devices * iotlbEntries, leaf)
    this.ats = arena.take(scope.lateAts ? devices : 0, 3)
    this.walkCache = arena.take(parts.walkCache ? units * scope.walkCacheEntries : 0, key)
    const slots = units * queueDepth(scope, platform)
    this.queueKind = arena.take(slots, 6)
    this.queueDomain = arena.take(slots, domains)
    this.queueFirst = arena.take(slots, scope.pages)
    this.queueCount = arena.take(slots, scope.pages)
    this.queueHint = arena.take(slots, 1)
    this.queueOwner = arena.take(slots, scope.vcpus)
    this.queuePhase = arena.take(slots, 1)
    this.statusWord = arena.take(hasFailedWaits(scope) ? units : 0, 1)
    this.queueErrorsLeft = arena.take(scope.queueErrors > 0 ? 1 : 0, 255)
    this.timeOutsLeft = arena.take(scope.timeOuts > 0 ? 1 : 0, 255)
    this.faults = arena.take(parts.faultCount ? units : 0, faultRecords)
    this.messageFrame = arena.take(parts.unitMessages ? units : 0, frameCount(scope))
    this.overflow = arena.take(parts.faultCount ? units : 0, 1)
    this.faultRecord = arena.take(parts.faultRing ? units * faultRecords : 0, scope.pages * 16 + 15)
  }

  private layOutDma(arena: Arena, scope: Scope, platform: Platform, parts: Parts): void {
    const { devices, pages } = scope
    this.dma = arena.take(devices, trustedDevices(scope, platform, parts) > 0 ? 4 : 2)
    this.dmaGfn = arena.take(devices, pages)
    this.dmaWrite = arena.take(devices, 1)
    this.dmaOther = arena.take(devices, 1)
    this.dmaFrame = arena.take(devices, frameCount(scope))
    this.dmaDomain = arena.take(devices, maxDomains)
    this.dmaShared = arena.take(devices, 1)
    this.dmaDrain = arena.take(devices, 255)
    this.dmaByDevice = arena.take(parts.deviceTlb && platform.ats ? devices : 0, 2)
    this.attached = arena.take(devices, maxDomains)
    const entries = parts.contextCache ? devices : 0
    this.cachedTables = arena.take(entries, maxDomains)
    this.contextPresent = arena.take(entries, 1)
    this.contextId = arena.take(entries, maxDomains)
    this.contextTables = arena.take(entries, maxDomains)
    this.plugged = arena.take(scope.hotplug ? devices : 0, 3)
    this.domain = arena.take(1, 1)
  }

  private layOutTrusted(arena: Arena, scope: Scope, platform: Platform, parts: Parts): void {
    const trusted = trustedDevices(scope, platform, parts)
    const units = trusted > 0 ? scope.units : 0
    const slots = units * scope.iotlbEntries
    const life = scope.interfaceLife ? trusted : 0
    this.tdisp = arena.take(life, 3)
    this.attested = arena.take(life, 1)
    this.trustedPte = arena.take(trustedPages(scope, platform, parts), frameCount(scope))
    this.dmar = arena.take(trusted, 4)
    this.dmarInvalidation = arena.take(trusted, 4)
    this.dmaPrivate = arena.take(trusted, 1)
    this.trustedDrain = arena.take(trusted, 1)
    this.iotlbOwed = arena.take(units, 1)
    this.iotlbInvalidation = arena.take(units, 3)
    this.trustedKey = arena.take(slots, scope.pages * 2)
    this.trustedFrame = arena.take(slots, frameCount(scope))
    this.sharedRoot = arena.take(trusted > 0 && parts.content && platform.architecture === 'tdx-connect' ? 1 : 0, 1)
  }

  private layOutVcpus(arena: Arena, scope: Scope, parts: Parts): void {
    const { vcpus, pages } = scope
    const guest = parts.secureEpt ? vcpus : 0
    this.lock = arena.take(lockNames.length, vcpus)
    this.phase = arena.take(vcpus, 3)
    this.pc = arena.take(vcpus, 0xffff)
    this.reg = arena.take(vcpus * registerCount, Math.max(pages, 200))
    this.armed = arena.take(scope.failures > 0 ? vcpus : 0, lastFailure)
    this.raced = arena.take(vcpus, 1)
    this.waitError = arena.take(hasFailedWaits(scope) ? vcpus : 0, 2)
    this.batchBegun = arena.take(scope.queueErrors > 0 ? vcpus : 0, (1 << scope.units) - 1)
    this.byFault = arena.take(scope.implicit === 'none' ? 0 : vcpus, 2)
    this.noopFound = arena.take(scope.noops ? vcpus * 4 : 0, pages + 1)
    this.epoch = arena.take(guest, 2)
    this.flushOwed = arena.take(parts.cpuFlush ? vcpus : 0, 1)
    this.vcpuTlb = arena.take(guest * scope.vcpuTlbEntries, pages * 2)
    this.vcpuTlbFrame = arena.take(guest * scope.vcpuTlbEntries, frameCount(scope))
    this.faultGfn = arena.take(guest, pages)
    this.faultShared = arena.take(guest, losesFrames(scope) ? frameCount(scope) + 1 : 1)
    this.faultStale = arena.take(guest, 1)
    this.invalidating = arena.take(guest * 2, pages)
    this.nextFrame = arena.take(scope.frames === 'pool' ? 1 : 0, frameCount(scope))
    this.entriesUsed = arena.take(1, counted(pages))
    this.mappings = arena.take(1, counted(pages))
    this.lockedPages = arena.take(1, counted(pages))
    this.lockedElsewhere = arena.take(scope.lockedElsewhere > 0 ? 1 : 0, 255)
    this.process = arena.take(scope.processes ? 1 : 0, 1)
    this.payer = arena.take(scope.processes ? pages : 0, 2)
    this.lockedBy = arena.take(scope.processes ? 2 : 0, counted(pages))
    this.secondPin = arena.take(scope.secondContainer ? pages : 0, frameCount(scope))
    this.pinnedPages = arena.take(1, counted(pages))
    this.slotsUsed = arena.take(1, counted(pages))
    this.failuresLeft = arena.take(scope.failures > 0 ? 1 : 0, 255)
    this.referencesLeft = arena.take(hasReferences(scope) ? 1 : 0, 255)
    this.hostDead = arena.take(1, 1)
    this.tdDead = arena.take(1, 1)
    this.closed = arena.take(1, 2)
  }
}

/** Whether a frame of shared memory may be taken out of its file at any moment, without a word of the VMM. */
export const losesFrames = (scope: Scope): boolean =>
  hasTruncations(scope) || (scope.reclaim && scope.backing !== 'in-place')

/** The number of IOMMU domains that a machine has for a host that asks for a number: at most `maxDomains`. */
export const domainsFor = (asked: number): number => Math.min(asked, maxDomains)
