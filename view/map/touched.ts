import { keyFirst, keyIsLarge } from '../../model/memory/tlb.js'
import { vcpuKeyGfn } from '../../model/memory/tlb-tracking.js'
import type { StateHistory } from './memory.js'
import type { Shape } from './shape.js'

/** Pages from `first` up to `end`. */
export interface PageSpan {
  readonly first: number
  readonly end: number
}

/** An entry of a view that changed: index, value before, value after. */
export type EntryChange = readonly [index: number, before: number, after: number]

/** The pages that an entry of a view may say something about. @param values those that the entry held and holds */
type Reach = (index: number, values: readonly number[], memory: StateHistory, shape: Shape) => readonly PageSpan[]

const one = (page: number): PageSpan => ({ first: page, end: page + 1 })
const everything: Reach = (_, __, ___, { pages }) => [{ first: 0, end: pages }]
const itsPage: Reach = (index) => [one(index)]

/** Page of a frame where frames are dealt out by page; a frame of a pool may be any page's. */
const pageOfFrame: Reach = (frame, values, memory, shape) =>
  shape.scope.frames === 'pool' ? everything(frame, values, memory, shape) : [one(frame % shape.pages)]

const regionAt = (at: number, { regions, perSuper }: Shape): PageSpan => {
  const first = (at % regions) * perSuper
  return { first, end: first + perSuper }
}

const keyPages = (key: number, shape: Shape): PageSpan[] => {
  if (key === 0) return []
  const first = keyFirst(shape, key)
  return [{ first, end: first + (keyIsLarge(key) ? shape.perSuper : 1) }]
}

const keys: Reach = (_, values, __, shape) => values.flatMap((key) => keyPages(key, shape))
const keyAt =
  (view: 'iotlbKey' | 'devtlbKey'): Reach =>
  (slot, _, memory, shape) =>
    keyPages(memory.at(view, slot), shape)
const byKey =
  (view: 'vcpuTlb' | 'trustedKey'): Reach =>
  (slot, _, memory) => {
    const key = memory.at(view, slot)
    return key === 0 ? [] : [one(vcpuKeyGfn(key))]
  }
const keyed: Reach = (_, values) => values.filter((value) => value > 0).map((value) => one(vcpuKeyGfn(value)))
const dmaPage: Reach = (device, _, memory) => [one(memory.at('dmaGfn', device))]
const leafPage: Reach = (index, _, __, { perSuper, regions }) => {
  const region = Math.floor(index / perSuper / 2) % regions
  return [one(region * perSuper + (index % perSuper))]
}

/** Of trusted devices: views that decide whether a cell leads astray, and that no cell says in words. */
const deciding = ['dmar', 'dmarInvalidation', 'attested', 'sharedRoot']

/** Every view that the page map shows, with the pages that an entry of it is about. */
const reaches: Readonly<Record<string, Reach>> = {
  attr: itsPage,
  guestView: itsPage,
  sept: itsPage,
  sharedFrame: itsPage,
  privateFrame: itsPage,
  pinnedFrame: itsPage,
  secondPin: itsPage,
  mapOf: itsPage,
  mapLength: (index, values) => [{ first: index, end: index + Math.max(...values) }],
  owner: pageOfFrame,
  granule: pageOfFrame,
  pins: pageOfFrame,
  pde: (at, _, __, shape) => [regionAt(at, shape)],
  visiblePde: (at, _, __, shape) => [regionAt(at, shape)],
  pte: leafPage,
  visiblePte: leafPage,
  table: (table, _, __, shape) => [regionAt(table >>> 1, shape)],
  iotlbKey: keys,
  iotlbLeaf: keyAt('iotlbKey'),
  devtlbKey: keys,
  devtlbLeaf: keyAt('devtlbKey'),
  walkCache: (_, values, __, shape) =>
    values.filter((value) => value > 0).map((value) => regionAt((value - 1) >>> 1, shape)),
  dma: dmaPage,
  dmaGfn: (_, values) => values.map(one),
  dmaWrite: dmaPage,
  dmaOther: dmaPage,
  dmaFrame: dmaPage,
  attached: everything,
  cachedTables: everything,
  vcpuTlb: keyed,
  vcpuTlbFrame: byKey('vcpuTlb'),
  trustedPte: itsPage,
  sharedEpt: itsPage,
  released: itsPage,
  trustedKey: keyed,
  trustedFrame: byKey('trustedKey'),
  dmaPrivate: dmaPage,
  ...Object.fromEntries(deciding.map((view) => [view, everything])),
}

/** Views whose entries are of frames: a page may name one that is not dealt out to it. */
export const isOfFrames = (view: string): boolean => view === 'owner' || view === 'pins' || view === 'granule'

/** Whether a view says something that the page map shows, or marks. */
export const isMapped = (view: string): boolean => Object.hasOwn(reaches, view)

/** Whether the cells of the map say all that changes in a view. */
export const isSaid = (view: string): boolean => isMapped(view) && !unsaid.has(view)
const unsaid = new Set([...deciding, 'sharedEpt', 'released'])

/** The pages that a change may show on. @param memory after the step */
export function pagesOfChange(
  view: string,
  [index, before, after]: EntryChange,
  memory: StateHistory,
  shape: Shape,
): readonly PageSpan[] {
  const reach = Object.hasOwn(reaches, view) ? reaches[view] : undefined
  return reach?.(index, [before, after], memory, shape) ?? []
}
