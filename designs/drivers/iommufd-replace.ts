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
  isolateArea,
  noteArea,
  otherDomain,
  pinPage,
  release,
  removeMapping,
  submitDsi,
  unpinPage,
  useOther,
  wait,
  writeInOther,
} from '../vocabulary/steps.js'
import { invalidateDevices } from './vtd.js'

/** Moves all devices to the other domain, then empties the one they left, once nothing of it is cached. */
const switchOver: Plan = [
  clflushTables(allPages, otherDomain),
  { each: eachDevice, body: [blockTranslation, attachOther] },
  useOther,
  { each: eachUnit, body: [submitDsi(otherDomain)] },
  { each: eachUnit, body: invalidateDevices(allPages) },
  wait,
  { each: eachLeaf(allPages, otherDomain), body: [clearLeafInOther] },
  clflushTables(allPages, otherDomain),
]

const fillOthers: Plan = [{ each: eachOtherPinnedPage(allPages), body: [writeInOther] }]
const dropArea: Plan = [{ each: eachPinnedPage(area), body: [unpinPage] }, removeMapping(area)]

/** Areas that are not removed after all are in the domain again. */
const putBack: Plan = [{ each: eachPinnedPage(allPages), body: [writeInOther] }, ...switchOver]

/** iommufd's page-table replacement: a second domain is built with the wanted mapping, and the devices switch. */
export const iommufdReplace: Driver = {
  name: 'iommufd-replace',
  pins: true,
  domains: 2,
  teardown: [{ call: 'unmap', on: allPages, fail: 'ignore' }],
  map: {
    body: [
      acquire('container'),
      addMapping('iommufd.map', given),
      { note: noteArea },
      { each: eachPageIn(given), body: [pinPage] },
      ...fillOthers,
      { each: eachPinnedPage(given), body: [writeInOther] },
      ...switchOver,
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
      ...switchOver,
      { each: eachArea, body: [isolateArea(area), ...dropArea] },
      release('container'),
    ],
    undo: [
      { each: eachLeaf(allPages, otherDomain), body: [clearLeafInOther] },
      { when: someLeafMissing(allPages), body: putBack },
    ],
  },
}
