import type { Plan, Step } from '../../model/plan/plan.js'
import type { Driver } from '../design.js'
import { atsIsOff, isNotEmpty, someLeafMissing } from '../vocabulary/conditions.js'
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
  assignDeviceTag,
  attachOther,
  blockTranslation,
  checkUnmap,
  clearLeafInOther,
  clflushTables,
  domain,
  enableAts,
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
  submitPsiOfOther,
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

/** How the devices come from one domain to the other. */
interface Switch {
  readonly moveDevice: Plan
  /** What each unit drops once all have moved. */
  readonly flush: Step
  readonly after?: Plan
}

const moving = (moveDevice: Plan): Switch => ({ moveDevice, flush: submitDsi(otherDomain) })

const flushed = (flush: Step): Plan => [
  startBatch,
  { each: eachUnit, body: [flush] },
  ...invalidateDevices(allPages),
  wait,
]

/** Moves all devices to the other domain, then empties the one they left, once nothing of it is cached. */
const switchOver = ({ moveDevice, flush, after = [] }: Switch): Plan => [
  clflushTables(allPages, otherDomain),
  { each: eachDevice, body: moveDevice },
  useOther,
  ...flushed(flush),
  ...after,
  { each: eachLeaf(allPages, otherDomain), body: [clearLeafInOther] },
  clflushTables(allPages, otherDomain),
]

const fillOthers: Plan = [{ each: eachOtherPinnedPage(allPages), body: [writeInOther] }]
const dropArea: Plan = [{ each: eachPinnedPage(area), body: [unpinPage] }, removeMapping(area)]

/** Areas that stay after an unmap has failed are in the domain again. */
const putBack = (how: Switch): Plan => [{ each: eachPinnedPage(allPages), body: [writeInOther] }, ...switchOver(how)]

/** A call that maps: what it records and pins, and between that and the release of its lock what changes the tables. */
const mapBody = (change: Plan): Plan => [
  acquire('container'),
  addMapping('iommufd.map', given),
  { note: noteArea },
  { each: eachPageIn(given), body: [pinPage] },
  ...change,
  release('container'),
]

/** A call that unmaps: what changes the tables, and then the areas go. */
const unmapBody = (change: Plan): Plan => [
  acquire('container'),
  checkUnmap('iommufd.unmap', given),
  ...change,
  { each: eachArea, body: [isolateArea(area), ...dropArea] },
  release('container'),
]

const replacing = (name: string, summary: string, how: Switch, atUnmap = how): Driver => ({
  name,
  summary,
  pins: true,
  accounting: 'iommufd',
  domains: 2,
  attach: attachFilling(pinPage, []),
  detach: detachEmptying,
  teardown: [{ call: 'unmap', on: allPages, fail: 'ignore' }],
  map: {
    body: mapBody([...fillOthers, { each: eachPinnedPage(given), body: [writeInOther] }, ...switchOver(how)]),
    undo: [
      { each: eachLeaf(allPages, otherDomain), body: [clearLeafInOther] },
      { when: isNotEmpty(area), body: dropArea },
    ],
  },
  unmap: {
    body: unmapBody([...fillOthers, ...switchOver(atUnmap)]),
    undo: [
      { each: eachLeaf(allPages, otherDomain), body: [clearLeafInOther] },
      { when: someLeafMissing(allPages), body: putBack(how) },
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
  moving(move),
)

/** A step that names the other domain, with the one in use in its place. */
const inUse = (step: Step): Step => ({ ...step, args: step.args.map((arg) => (arg === otherDomain ? domain : arg)) })

const switchInUse = (change: Plan): Plan => [
  { each: eachDevice, body: move.map((node) => ('row' in node ? inUse(node) : node)) },
  inUse(useOther),
  ...change,
  ...flushed(submitDsi(domain)),
]

/**
 * The calls of `iommufdReplace` without what makes each as long as the guest is large: they change the domain in use
 * instead of filling the other and clearing the one that was left. No kernel does so; what is left out can be counted,
 * as `cost` does. Behind a call, the tables in use lead where they would.
 */
export const iommufdReplaceUnfilled: Driver = {
  ...iommufdReplace,
  name: 'iommufd-replace-unfilled',
  summary: 'The calls of iommufd-replace, without the entries of pages that stay mapped.',
  map: {
    body: mapBody([{ each: eachPinnedPage(given), body: [inUse(writeInOther)] }, ...switchInUse([])]),
    undo: [{ when: isNotEmpty(area), body: dropArea }],
  },
  unmap: {
    body: unmapBody(switchInUse([{ each: eachLeaf(given, domain), body: [inUse(clearLeafInOther)] }])),
    undo: [],
  },
}

export const iommufdReplaceWithoutFlush = replacing(
  'iommufd-replace-no-context-flush',
  'iommufd-replace without a word to the unit, which continues to use the context entry that it has cached.',
  moving(moveWithoutFlush),
)
export const iommufdReplaceByWords = replacing(
  'iommufd-replace-by-words',
  'iommufd-replace that writes a context entry word by word while it is present.',
  moving(moveByWords),
)

export const iommufdReplaceFlushedByPage = replacing(
  'iommufd-replace-id-flushed-by-page',
  'iommufd-replace that flushes only the pages of the call under the id of the domain that was left.',
  { moveDevice: move, flush: submitPsiOfOther(given) },
)

const atsOn: Plan = [{ when: atsIsOff, body: [enableAts] }]
/**
 * The first unmap turns ATS on as it moves a device: what boot maps is there by then. The flush of the switch goes to
 * devices that had ATS before.
 */
const turningAtsOn = (name: string, summary: string, moveDevice: Plan): Driver =>
  replacing(name, summary, moving(move), {
    ...moving(moveDevice),
    after: [{ each: eachDevice, body: [assignDeviceTag] }],
  })

export const iommufdReplaceAtsAfter = turningAtsOn(
  'iommufd-replace-ats-after-flush',
  'iommufd-replace whose first unmap turns ATS on behind the flush of the context entry.',
  [...move, inContextCache(wait), ...atsOn],
)
export const iommufdReplaceAtsBefore = turningAtsOn(
  'iommufd-replace-ats-before-flush',
  'iommufd-replace whose first unmap turns ATS on ahead of the flush of the context entry.',
  [...atsOn, ...move, inContextCache(wait)],
)
