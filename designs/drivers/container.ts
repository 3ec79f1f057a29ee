import type { Call, Plan, Step } from '../../model/plan/plan.js'
import { isNotEmpty, someLeafOrTable } from '../vocabulary/conditions.js'
import { eachArea, eachPageIn, eachPinnedPage } from '../vocabulary/loops.js'
import { allPages, area, given } from '../vocabulary/ranges.js'
import type { MapRow } from '../vocabulary/steps.js'
import { acquire, addMapping, deferFlush, noteArea, release, removeMapping, unpinPage } from '../vocabulary/steps.js'
import { clear, remove, write } from './vtd.js'

// What the containers of VFIO type1 and iommufd have in common: mappings with pins and accounting.

/** What one mapping's removal is: entries, caches, tables, pins, accounting, in this order. */
export const removeArea: Plan = [
  ...remove(area, area),
  { each: eachPinnedPage(area), body: [unpinPage] },
  removeMapping(area),
]

/** Lazy mode: a timer flushes later; pins and accounting do not wait for it. */
export const removeAreaLazily: Plan = [
  ...clear(area),
  deferFlush,
  { each: eachPinnedPage(area), body: [unpinPage] },
  removeMapping(area),
]

/**
 * Takes back what a failed map has done so far: entries, pins, accounting. Without entries nothing is flushed, unless a
 * table waits for that to be freed: Linux 7.2 map_pages() syncs what it unlinked whatever came of the map.
 */
export const rollBack: Plan = [
  { when: someLeafOrTable(area), body: remove(area, area) },
  { each: eachPinnedPage(area), body: [unpinPage] },
  removeMapping(area),
]

/** Enters the mapping, pins its pages, writes its entries; a step that fails takes all of it out again. */
export function mapCall(
  row: MapRow,
  pin: Step,
  { before = [], after = [] }: { before?: Plan; after?: Plan } = {},
): Call {
  return {
    body: [
      acquire('container'),
      addMapping(row, given),
      { note: noteArea },
      { each: eachPageIn(given), body: [pin] },
      ...before,
      ...write(given),
      ...after,
      release('container'),
    ],
    undo: [{ when: isNotEmpty(area), body: rollBack }],
  }
}

/**
 * Checks the range, then removes each mapping in it.
 *
 * @param before what comes ahead of that
 */
export function unmapCall(check: Step, remove: Plan, before: Plan = []): Call {
  return {
    body: [acquire('container'), check, ...before, { each: eachArea, body: remove }, release('container')],
    undo: [],
  }
}

/** Closing the container removes every mapping. */
const teardown: Plan = [{ call: 'unmap', on: allPages, fail: 'ignore' }]

/** Mappings hold pins, which the teardown gives back. */
export const pinned = { pins: true, teardown } as const
