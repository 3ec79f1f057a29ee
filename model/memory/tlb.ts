import type { View } from '../../base/arena.js'
import type { Machine } from '../machine/machine.js'
import type { State } from '../machine/state.js'
import type { DeviceId, DomainId, Gfn, Iovfn } from '../machine/units.js'
import { domainOf, unitOf } from './dma-outcome.js'
import { regionFirst } from './page-table.js'

/**
 * Keys of the IOTLB and of device TLBs: which domain, which first page, and whether the entry is a superpage's. An
 * entry of a device TLB belongs to no domain: its key has domain 0 throughout.
 * Slots are kept in descending order of key, so that two caches with the same entries are the same bytes.
 */
export function tlbKey(m: Machine, domain: DomainId, iovfn: Iovfn, large: boolean): number {
  const first = large ? regionFirst(m, iovfn) : iovfn
  return 1 + (domain * m.pages + first) * 2 + (large ? 1 : 0)
}

/** Whether a key is of a superpage entry. */
export const keyIsLarge = (key: number): boolean => ((key - 1) & 1) === 1
/** The domain of a key. */
export const keyDomain = (m: Pick<Machine, 'pages'>, key: number): number => Math.floor(((key - 1) >>> 1) / m.pages)
/** The first page of the entry of a key. */
export const keyFirst = (m: Pick<Machine, 'pages'>, key: number): number => ((key - 1) >>> 1) % m.pages

/** @returns the slot that holds the key, or -1 */
export function findKey(keys: View, from: number, slots: number, key: number): number {
  for (let slot = from; slot < from + slots; slot += 1) if (keys[slot] === key) return slot
  return -1
}

/** Adds or replaces an entry. @returns false if there is no room */
export function fill(keys: View, leaves: View, from: number, slots: number, key: number, leaf: number): boolean {
  const known = findKey(keys, from, slots, key)
  if (known >= 0) {
    leaves[known] = leaf
    return true
  }
  let slot = from + slots - 1
  if (keys[slot] !== 0) return false
  while (slot > from && keys[slot - 1] < key) {
    keys[slot] = keys[slot - 1]
    leaves[slot] = leaves[slot - 1]
    slot -= 1
  }
  keys[slot] = key
  leaves[slot] = leaf
  return true
}

/** Lets the IOTLB keep the leaf that answers a device's present DMA; one that is not present in caching mode alone. */
export function keepInIotlb(m: Machine, s: State, device: DeviceId, leaf: number, large: boolean): void {
  if (leaf === 0 && !m.platform.cachingMode) return
  const slots = m.scope.iotlbEntries
  const key = tlbKey(m, domainOf(s, device), s.dmaGfn[device], large)
  fill(s.iotlbKey, s.iotlbLeaf, unitOf(m, device) * slots, slots, key, leaf)
}

/** Lets a device keep the leaf that answers its present DMA: its page's, or that of the superpage around it. */
export function keepInDevice(m: Machine, s: State, device: DeviceId, leaf: number, large: boolean): void {
  const slots = m.scope.iotlbEntries
  fill(s.devtlbKey, s.devtlbLeaf, device * slots, slots, tlbKey(m, 0, s.dmaGfn[device], large), leaf)
}

/** Drops one slot and closes the gap. */
export function drop(keys: View, leaves: View, from: number, slots: number, at: number): void {
  for (let slot = at; slot < from + slots - 1; slot += 1) {
    keys[slot] = keys[slot + 1]
    leaves[slot] = leaves[slot + 1]
  }
  keys[from + slots - 1] = 0
  leaves[from + slots - 1] = 0
}

/**
 * Drops the slot at index `at` of `keys` and `leaves`, which hold several caches one after the other, and closes the
 * gap in its cache.
 *
 * @param slots slots of each cache
 */
export const dropSlot = (keys: View, leaves: View, slots: number, at: number): void =>
  drop(keys, leaves, at - (at % slots), slots, at)

/**
 * Whether an invalidation of the pages [first, end) of a domain drops the entry of a key: one inside the range; and a
 * larger one that contains a page of it, if the machine drops those, which is asked only where there is one: a search
 * stands for all platforms that answer alike what it asks.
 */
export function isDropped(
  m: Machine,
  key: number,
  domain: DomainId,
  { first, end }: { readonly first: number; readonly end: number },
  dropsLarger: (m: Machine) => boolean,
): boolean {
  if (key === 0 || keyDomain(m, key) !== domain) return false
  const entryFirst = keyFirst(m, key)
  const entryEnd = entryFirst + (keyIsLarge(key) ? m.perSuper : 1)
  if (entryFirst >= first && entryEnd <= end) return true
  return entryFirst < end && first < entryEnd && dropsLarger(m)
}

/** The leaf of one page, from the cached leaf of its entry (0 for none): of a large one, with the frame of the page. */
export const ownLeaf = (m: Pick<Machine, 'perSuper'>, leaf: number, large: boolean, gfn: Gfn) =>
  leaf !== 0 && large ? leaf + (gfn % m.perSuper) * 4 : leaf
