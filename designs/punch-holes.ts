import type { Design } from './design.js'
import { iommufd } from './drivers/iommufd.js'
import { type1v2 } from './drivers/vfio-type1.js'
import { eachPageOf, eachSharedHole } from './vocabulary/loops.js'
import { allPages, chunk } from './vocabulary/ranges.js'
import { splitSlotInSteps } from './vocabulary/split-slot.js'
import { acquire, joinSlot, release } from './vocabulary/steps.js'
import { shareAgain } from './vocabulary/undo.js'

/** Costs a memory slot a hole, and DMA never hears of the hole. */
export const punchHoles: Design = {
  name: 'punch-holes',
  summary: 'Treats shared memory as ordinary memory: punches holes in slots and backing, leaves the DMA mapping.',
  source: 'Andy Lutomirski in the 2021 thread: lightweight memslots, memslots with holes',
  lock: 'one lock per VM around a conversion',
  drivers: [type1v2, iommufd],
  backings: ['separate'],
  mapsOnce: true,
  boot: [{ call: 'map', on: allPages }],
  toPrivate: [
    acquire('vm'),
    { each: eachPageOf(chunk), body: splitSlotInSteps },
    { call: 'set-private', on: chunk },
    { call: 'discard-shared', on: chunk },
    release('vm'),
  ],
  undoPrivate: [...shareAgain, { each: eachSharedHole(chunk), body: [joinSlot] }],
  toShared: [
    acquire('vm'),
    { call: 'set-shared', on: chunk },
    { call: 'discard-private', on: chunk },
    { each: eachPageOf(chunk), body: [joinSlot] },
    release('vm'),
  ],
}
