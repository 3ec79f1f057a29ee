import type { Call, Plan, Range } from '../../model/plan/plan.js'
import type { Driver } from '../design.js'
import { isNotEmpty, noDevice, regionIsUniform } from '../vocabulary/conditions.js'
import { eachArea, eachCutSuperpage, eachPageIn, eachPinnedPage } from '../vocabulary/loops.js'
import { allPages, area, coveringSuperpages, given, superpageAtCursor } from '../vocabulary/ranges.js'
import {
  acquire,
  addMapping,
  checkUnmap,
  clflushTables,
  fillTable,
  freeTablesOf,
  isolateArea,
  joinAreas,
  linkTable,
  noteArea,
  pinPage,
  release,
  removeMapping,
  splitArea,
  storeSuperpage,
  unpinPage,
} from '../vocabulary/steps.js'
import { rollBack } from './container.js'
import { attachFilling, detachEmptying } from './devices.js'
import { clear, flush, flushDomain, freeUnlinkedTables, write } from './vtd.js'

/**
 * A superpage that the range cuts becomes a table of the same frames: filled, written back, linked by one store.
 * Without a device there is no table, only an area to split.
 */
const cut: Plan = [
  {
    each: eachCutSuperpage(given),
    body: [fillTable, clflushTables(superpageAtCursor), linkTable, splitArea(superpageAtCursor)],
  },
  { when: noDevice, body: [{ ...splitArea(coveringSuperpages), on: ({ scope }) => scope.hotplug }] },
]

const removeArea = (flushed: Range): Plan => [
  ...clear(area),
  ...flush(flushed),
  ...freeUnlinkedTables(area),
  { each: eachPinnedPage(area), body: [unpinPage] },
  removeMapping(area),
]

/** The way back: a region of one run becomes a superpage again; its table is freed after the whole domain's flush. */
const coalesce: Plan = [
  {
    when: regionIsUniform,
    body: [
      storeSuperpage(coveringSuperpages),
      ...flushDomain(coveringSuperpages),
      freeTablesOf(coveringSuperpages),
      joinAreas(coveringSuperpages),
    ],
  },
]

const mapCall = (more: Plan): Call => ({
  body: [
    acquire('container'),
    addMapping('iommufd.map', given),
    { note: noteArea },
    { each: eachPageIn(given), body: [pinPage] },
    ...write(given),
    ...more,
    release('container'),
  ],
  undo: [{ when: isNotEmpty(area), body: rollBack }],
})

function driver(name: string, summary: string, flushed: Range, more: Plan): Driver {
  return {
    name,
    summary,
    pins: true,
    accounting: 'iommufd',
    teardown: [{ call: 'unmap', on: allPages, fail: 'ignore' }],
    attach: attachFilling(pinPage, []),
    detach: detachEmptying,
    map: mapCall(more),
    unmap: {
      body: [
        acquire('container'),
        checkUnmap('iommufd.unmap', given),
        ...cut,
        { each: eachArea, body: [isolateArea(area), ...removeArea(flushed)] },
        release('container'),
      ],
      undo: [],
    },
  }
}

/**
 * iommufd that splits a superpage by one store, and flushes all of the superpage that was split.
 *
 * @example
 * const mine: Design = { ...design, drivers: [hitlessCutDriver] }
 */
export const hitlessCutDriver = driver(
  'hitless-cut',
  'iommufd that splits a superpage by one store, and flushes all of the superpage that was split.',
  coveringSuperpages,
  [],
)
export const hitlessCutPageFlushDriver = driver(
  'hitless-cut-page-flush',
  'iommufd that splits a superpage by one store, and flushes only the pages that went.',
  given,
  [],
)
export const hitlessCoalesceDriver = driver(
  'hitless-coalesce',
  'hitless-cut that also puts a superpage back, by one store, over a table that is one run of frames again.',
  coveringSuperpages,
  coalesce,
)
