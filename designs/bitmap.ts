import type { Plan } from '../model/plan/plan.js'
import type { Design } from './design.js'
import { iommufd } from './drivers/iommufd.js'
import { onDemand4k } from './on-demand-4k.js'
import { someMapped } from './vocabulary/conditions.js'
import { toPrivateBy, toSharedBy } from './vocabulary/conversions.js'
import { eachSharedPage, eachSharedUnmappedPage } from './vocabulary/loops.js'
import {
  eachNotedPage,
  eachSharedUnnotedPage,
  eachUnacknowledgedNotedPage,
  eachUnnotedPage,
} from './vocabulary/noted-pages.js'
import { allPages, chunk, page } from './vocabulary/ranges.js'
import { notePage, Private, Shared } from './vocabulary/steps.js'
import { hideUnmapped, shareAgain, unshareAgain } from './vocabulary/undo.js'

// The VMM decides by a bitmap of its own what to map and unmap, and not by what is mapped.

/** The two directions, with what is done for each page that the bitmap has in the other state. */
const conversions = (unmap: Plan, map: Plan): Pick<Design, 'boot' | 'toPrivate' | 'toShared'> => ({
  boot: [{ each: eachSharedUnmappedPage(allPages), body: map }],
  toPrivate: toPrivateBy([{ each: eachNotedPage(chunk), body: unmap }]),
  toShared: toSharedBy([{ each: eachUnnotedPage(chunk), body: map }]),
})

const noteFirst = conversions(
  [notePage(Private), { call: 'unmap', on: page }],
  [notePage(Shared), { call: 'map', on: page }],
)

/** QEMU's order, in a VMM that continues after an error: the next request is skipped, as if it were done already. */
export const bitmapBefore: Design = {
  ...onDemand4k,
  ...noteFirst,
  variant: 'bitmap-before',
  summary: 'Notes a page in its bitmap, then maps or unmaps it; an error takes back all but the note.',
  source: 'QEMU 10.2 system/ram-block-attributes.c, ram_block_attributes_state_change()',
  drivers: [iommufd],
  undoPrivate: [...shareAgain, { each: eachSharedPage(chunk), body: [{ call: 'map', on: page, fail: 'ignore' }] }],
  undoShared: unshareAgain(),
}

/** The same order, and the note goes with the rest. */
export const bitmapRolledBack: Design = {
  ...bitmapBefore,
  variant: 'bitmap-rolled-back',
  summary: 'Notes a page in its bitmap, then maps or unmaps it; an error takes back the note as well.',
  source: "QEMU's order of the steps, with the undo that it lacks",
  undoPrivate: [
    ...shareAgain,
    { each: eachSharedUnnotedPage(chunk), body: [notePage(Shared), { call: 'map', on: page, fail: 'ignore' }] },
  ],
  undoShared: [
    {
      each: eachUnacknowledgedNotedPage(chunk),
      body: [notePage(Private), { call: 'unmap', on: page, fail: 'ignore' }],
    },
    ...hideUnmapped,
  ],
}

/** What is noted has happened; pages before the one that failed are mapped or unmapped again, and noted so. */
export const bitmapAfter: Design = {
  ...bitmapBefore,
  ...conversions([{ call: 'unmap', on: page }, notePage(Private)], [{ call: 'map', on: page }, notePage(Shared)]),
  variant: 'bitmap-after',
  summary: 'Maps or unmaps a page, and notes it in its bitmap once that has succeeded.',
  source: 'the other order of the same two steps',
  undoPrivate: [
    ...shareAgain,
    {
      each: eachSharedUnnotedPage(chunk),
      body: [
        { call: 'map', on: page, fail: 'ignore' },
        { when: someMapped(page), body: [notePage(Shared)] },
      ],
    },
  ],
  undoShared: [
    {
      each: eachUnacknowledgedNotedPage(chunk),
      body: [{ call: 'unmap', on: page, fail: 'ignore' }, notePage(Private)],
    },
    ...hideUnmapped,
  ],
}
