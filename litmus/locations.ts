import type { Machine } from '../model/machine/machine.js'
import { Attr, Owner, type State } from '../model/machine/state.js'
import { isSuperpage, leafAt, leafFrame } from '../model/memory/page-table.js'
import { findKey, tlbKey } from '../model/memory/tlb.js'
import { vcpuKey } from '../model/memory/tlb-tracking.js'
import { frameClass, frameClasses, tagNames } from './outcome.js'

/** Something of the final state that a condition may ask for. */
export interface Location {
  readonly says: string
  /** `page`: as in `attr[1]`; `unit`, `device`, `vcpu`: as in `U0:iotlb[1]`; without the prefix it is that of 0. */
  readonly of: readonly ('page' | 'unit' | 'device' | 'vcpu')[]
  /** The words that it may hold; `number` for a count. */
  readonly words: readonly string[] | 'number'
  /** Whether the machine has it at all. */
  readonly part?: (m: Machine) => string | undefined
  /** @param who which unit, device or vCPU @returns index of the word, or the count */
  readonly read: (m: Machine, s: State, page: number, who: number) => number
}

const withNone = ['none', ...frameClasses]
const needs = (part: keyof Machine['parts']) => (m: Machine) => (m.parts[part] ? undefined : part)

const ofRealm = (m: Machine) => (m.realm ? undefined : 'secureEpt on architecture=arm-cca')

const ofPkvm = (m: Machine) => (m.pkvm ? undefined : 'architecture=pkvm')
const ofNested = (m: Machine) => (m.nested ? undefined : 'architecture=pkvm identityMap=nested')

const classOf = (m: Machine, s: State, page: number, frame: number): number =>
  frame < 0 ? 0 : 1 + frameClass(m, s, page, frame)

function leafClass(m: Machine, s: State, page: number, leaf: number, large: boolean): number {
  return leaf === 0 ? 0 : classOf(m, s, page, leafFrame(leaf) + (large ? page % m.perSuper : 0))
}

interface Tlb {
  readonly keys: State['iotlbKey']
  readonly leaves: State['iotlbLeaf']
  readonly domain: number
}

/** What a TLB of a unit or a device has for a page by an entry of one size. */
const cached =
  (tlbOf: (s: State) => Tlb, large: boolean): Location['read'] =>
  (m, s, page, who) => {
    const { keys, leaves, domain } = tlbOf(s)
    const slots = m.scope.iotlbEntries
    const slot = findKey(keys, who * slots, slots, tlbKey(m, domain, page, large))
    if (slot < 0) return 0
    const leaf = leaves[slot] ?? 0
    return leaf === 0 ? withNone.length : leafClass(m, s, page, leaf, large)
  }
/** The IOTLB, in the container's domain. */
const iotlb = (large: boolean) =>
  cached((s) => ({ keys: s.iotlbKey, leaves: s.iotlbLeaf, domain: s.domain[0] ?? 0 }), large)
/** A device's own TLB, whose entries belong to no domain. */
const deviceTlb = (large: boolean) => cached((s) => ({ keys: s.devtlbKey, leaves: s.devtlbLeaf, domain: 0 }), large)

const cachedWords = [...withNone, 'not-present']

/** Locations by name; a frame is named by its class, as seen from the page, never by number. */
export const locations: Readonly<Record<string, Location>> = {
  attr: {
    says: 'the KVM memory attribute of a page',
    of: ['page'],
    words: ['shared', 'private'],
    read: (_, s, page) => (s.attr[page] === Attr.Private ? 1 : 0),
  },
  'guest-view': {
    says: 'what a page is to the guest; `becoming-private` while its request for private is under way',
    of: ['page'],
    words: ['private', 'shared', 'becoming-private'],
    read: (_, s, page) => s.guestView[page] ?? 0,
  },
  shared: {
    says: 'whose the frame in the shared backing of a page is',
    of: ['page'],
    words: ['none', 'free', 'host', 'td', 'removed'],
    read: (_, s, page) => ownerOf(s, s.sharedFrame[page] ?? 0),
  },
  private: {
    says: 'whose the frame in the private backing of a page is',
    of: ['page'],
    words: ['none', 'free', 'host', 'td', 'removed'],
    read: (_, s, page) => ownerOf(s, s.privateFrame[page] ?? 0),
  },
  noted: {
    says: "what the VMM's own bitmap has a page as",
    of: ['page'],
    words: ['private', 'shared'],
    part: (m) => (m.program.notesPages ? undefined : 'a design that notes pages'),
    read: (_, s, page) => s.noted[page] ?? 0,
  },
  orphans: {
    says: 'frames that left the shared backing of a page while pinned, and still are',
    of: ['page'],
    words: 'number',
    read: (_, s, page) => s.orphans[page] ?? 0,
  },
  mapped: {
    says: 'pages of the DMA mapping that covers a page; 0 is unmapped',
    of: ['page'],
    words: 'number',
    read: (_, s, page) => (s.mapOf[page] === 0 ? 0 : (s.mapLength[(s.mapOf[page] ?? 1) - 1] ?? 0)),
  },
  pinned: {
    says: 'the frame that the mapping of a page has pinned',
    of: ['page'],
    words: withNone,
    read: (m, s, page) => classOf(m, s, page, page < m.memoryPages ? (s.pinnedFrame[page] ?? 0) - 1 : -1),
  },
  entry: {
    says: 'the frame that the tables of the domain in use give for a page',
    of: ['page'],
    words: withNone,
    read: (m, s, page) => leafClass(m, s, page, leafAt(m, s, s.domain[0] ?? 0, page), false),
  },
  leaf: {
    says: 'the size of the entry that translates a page',
    of: ['page'],
    words: ['none', '4k', 'superpage'],
    read: (m, s, page) => {
      const domain = s.domain[0] ?? 0
      if (leafAt(m, s, domain, page) === 0) return 0
      return isSuperpage(s.pde[domain * m.regions + Math.floor(page / m.perSuper)] ?? 0) ? 2 : 1
    },
  },
  iotlb: {
    says: 'the frame that a 4 KiB IOTLB entry of a unit gives for a page',
    of: ['page', 'unit'],
    words: cachedWords,
    read: iotlb(false),
  },
  'iotlb-superpage': {
    says: 'the same by a superpage entry',
    of: ['page', 'unit'],
    words: cachedWords,
    read: iotlb(true),
  },
  'device-tlb': {
    says: 'the frame that a 4 KiB entry of a device TLB gives for a page',
    of: ['page', 'device'],
    words: cachedWords,
    part: needs('deviceTlb'),
    read: deviceTlb(false),
  },
  'device-tlb-superpage': {
    says: 'the same by a superpage entry',
    of: ['page', 'device'],
    words: cachedWords,
    part: needs('deviceTlb'),
    read: deviceTlb(true),
  },
  'vcpu-tlb': {
    says: 'the frame that a vCPU has cached for the shared side of a page',
    of: ['page', 'vcpu'],
    words: withNone,
    part: needs('secureEpt'),
    read: (m, s, page, who) => {
      const slots = m.scope.vcpuTlbEntries
      const slot = findKey(s.vcpuTlb, who * slots, slots, vcpuKey(page, false))
      return slot < 0 ? 0 : classOf(m, s, page, (s.vcpuTlbFrame[slot] ?? 0) - 1)
    },
  },
  sept: {
    says: 'the Secure EPT entry of a page',
    of: ['page'],
    words: ['free', 'pending', 'mapped', 'pending-blocked', 'blocked'],
    part: needs('secureEpt'),
    read: (_, s, page) => s.sept[page] ?? 0,
  },
  granule: {
    says: "Arm CCA: the RMM's record of the private frame of a page",
    of: ['page'],
    words: ['none', 'non-secure', 'delegated', 'data'],
    part: ofRealm,
    read: (_, s, page) => (s.privateFrame[page] === 0 ? 0 : 1 + (s.granule[(s.privateFrame[page] ?? 1) - 1] ?? 0)),
  },
  ripas: {
    says: 'Arm CCA: what the realm has agreed that a protected page is',
    of: ['page'],
    words: ['empty', 'ram', 'destroyed'],
    part: ofRealm,
    read: (_, s, page) => s.ripas[page] ?? 0,
  },
  'host-page': {
    says: 'pKVM: what the hypervisor says of a page for the host',
    of: ['page'],
    words: ['owned', 'borrowed', 'none'],
    part: ofPkvm,
    read: (_, s, page) => s.hostPage[page] ?? 0,
  },
  'identity-map': {
    says: 'pKVM: the entry of the identity map for a page',
    of: ['page'],
    words: ['mapped', 'stale', 'absent'],
    part: ofNested,
    read: (_, s, page) => s.idmap[page] ?? 0,
  },
  content: {
    says: 'who wrote last into the private frame of a page',
    of: ['page'],
    words: ['none', ...tagNames],
    part: needs('content'),
    read: (_, s, page) => (s.privateFrame[page] === 0 ? 0 : 1 + (s.tag[(s.privateFrame[page] ?? 1) - 1] ?? 0)),
  },
  'shared-content': {
    says: 'the same of the shared frame; `table` is the IOMMU driver, which took the frame for a table of its own',
    of: ['page'],
    words: ['none', ...tagNames],
    part: needs('content'),
    read: (_, s, page) => (s.sharedFrame[page] === 0 ? 0 : 1 + (s.tag[(s.sharedFrame[page] ?? 1) - 1] ?? 0)),
  },
  poison: {
    says: '1 where the private frame of a page is poisoned',
    of: ['page'],
    words: 'number',
    part: needs('content'),
    read: (_, s, page) => (s.privateFrame[page] === 0 ? 0 : (s.poison[(s.privateFrame[page] ?? 1) - 1] ?? 0)),
  },
  slot: {
    says: 'whether a memory slot covers a page',
    of: ['page'],
    words: ['present', 'hole'],
    read: (_, s, page) => s.slotHole[page] ?? 0,
  },
  slots: { says: 'memory slots in use', of: [], words: 'number', read: (_, s) => s.slotsUsed[0] ?? 0 },
  mappings: { says: 'DMA mappings', of: [], words: 'number', read: (_, s) => s.mappings[0] ?? 0 },
  entries: {
    says: 'mapping entries taken from the limit',
    of: [],
    words: 'number',
    read: (_, s) => s.entriesUsed[0] ?? 0,
  },
  locked: { says: 'pages that are locked', of: [], words: 'number', read: (_, s) => s.lockedPages[0] ?? 0 },
  faults: {
    says: 'fault records of a unit',
    of: ['unit'],
    words: 'number',
    part: needs('faultCount'),
    read: (_, s, __, who) => s.faults[who] ?? 0,
  },
  overflow: {
    says: '1 once a unit has lost a fault record',
    of: ['unit'],
    words: 'number',
    part: needs('faultCount'),
    read: (_, s, __, who) => s.overflow[who] ?? 0,
  },
  host: { says: 'the host machine', of: [], words: ['alive', 'dead'], read: (_, s) => s.hostDead[0] ?? 0 },
  td: { says: 'the trust domain', of: [], words: ['alive', 'dead'], read: (_, s) => s.tdDead[0] ?? 0 },
}

/** 0 for no frame, else 1 + its `Owner`. */
function ownerOf(s: State, framePlusOne: number): number {
  return framePlusOne === 0 ? 0 : 1 + (s.owner[framePlusOne - 1] ?? Owner.Free)
}
