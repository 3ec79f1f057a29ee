import type { Plan } from '../../model/plan/plan.js'
import type { Driver } from '../design.js'
import { isNotEmpty, someLeafMissing } from '../vocabulary/conditions.js'
import {
  eachArea,
  eachDevice,
  eachLeaf,
  eachOtherPinnedPage,
  eachPageIn,
  eachPinnedPage,
  eachUnit,
} from '../vocabulary/loops.js'
import { allPages, area, given } from '../vocabulary/ranges.js'
import {
  acquire,
  addMapping,
  attachOther,
  blockTranslation,
  checkUnmap,
  clearLeafInOther,
  clflushTables,
  inContextCache,
  isolateArea,
  noteArea,
  notInContextCache,
  otherDomain,
  pinPage,
  release,
  removeMapping,
  startBatch,
  submitBlockedContext,
  submitContext,
  submitDsi,
  submitReplacedContext,
  unpinPage,
  useOther,
  wait,
  waitBlocked,
  writeInOther,
  writeOtherId,
  writeOtherTables,
} from '../vocabulary/steps.js'
import { attachFilling, detachEmptying } from './devices.js'
import { invalidateDevices } from './vtd.js'

/** Rewrites a device's context entry as a whole. What the unit has cached goes: before, if Present was cleared. */
const move: Plan = [
  blockTranslation,
  inContextCache(startBatch),
  submitBlockedContext,
  waitBlocked,
  attachOther,
  submitReplacedContext,
]
/** The same without a word to the unit, which continues to use what it has cached. */
const moveWithoutFlush: Plan = [blockTranslation, attachOther]
/** Word by word, while the entry is present. */
const moveByWords: Plan = [notInContextCache(attachOther), writeOtherId, writeOtherTables, submitContext]

/** Moves all devices to the other domain, then empties the one they left, once nothing of it is cached. */
const switchOver = (moveDevice: Plan): Plan => [
  clflushTables(allPages, otherDomain),
  { each: eachDevice, body: moveDevice },
  useOther,
  startBatch,
  { each: eachUnit, body: [submitDsi(otherDomain)] },
  ...invalidateDevices(allPages),
  wait,
  { each: eachLeaf(allPages, otherDomain), body: [clearLeafInOther] },
  clflushTables(allPages, otherDomain),
]

const fillOthers: Plan = [{ each: eachOtherPinnedPage(allPages), body: [writeInOther] }]
const dropArea: Plan = [{ each: eachPinnedPage(area), body: [unpinPage] }, removeMapping(area)]

/** Areas that stay after an unmap has failed are in the domain again. */
const putBack = (moveDevice: Plan): Plan => [
  { each: eachPinnedPage(allPages), body: [writeInOther] },
  ...switchOver(moveDevice),
]

const replacing = (name: string, summary: string, moveDevice: Plan): Driver => ({
  name,
  summary,
  pins: true,
  books: 'iommufd',
  domains: 2,
  attach: attachFilling(pinPage, []),
  detach: detachEmptying,
  teardown: [{ call: 'unmap', on: allPages, fail: 'ignore' }],
  map: {
    body: [
      acquire('container'),
      addMapping('iommufd.map', given),
      { note: noteArea },
      { each: eachPageIn(given), body: [pinPage] },
      ...fillOthers,
      { each: eachPinnedPage(given), body: [writeInOther] },
      ...switchOver(moveDevice),
      release('container'),
    ],
    undo: [
      { each: eachLeaf(allPages, otherDomain), body: [clearLeafInOther] },
      { when: isNotEmpty(area), body: dropArea },
    ],
  },
  unmap: {
    body: [
      acquire('container'),
      checkUnmap('iommufd.unmap', given),
      ...fillOthers,
      ...switchOver(moveDevice),
      { each: eachArea, body: [isolateArea(area), ...dropArea] },
      release('container'),
    ],
    undo: [
      { each: eachLeaf(allPages, otherDomain), body: [clearLeafInOther] },
      { when: someLeafMissing(allPages), body: putBack(moveDevice) },
    ],
  },
})

/**
 * iommufd's page-table replacement: a second domain is built with the wanted mapping, and the devices switch.
 *
 * @example
 * const mine: Design = { ...design, drivers: [iommufdReplace] }
 */
export const iommufdReplace = replacing(
  'iommufd-replace',
  'iommufd over a driver that builds a second domain with the wanted mapping, and switches the devices to it.',
  move,
)
export const iommufdReplaceWithoutFlush = replacing(
  'iommufd-replace-no-context-flush',
  'iommufd-replace without a word to the unit, which continues to use the context entry that it has cached.',
  moveWithoutFlush,
)
export const iommufdReplaceByWords = replacing(
  'iommufd-replace-by-words',
  'iommufd-replace that writes a context entry word by word while it is present.',
  moveByWords,
)
