import type { Plan } from '../model/plan/plan.js'
import type { Design } from './design.js'
import { iommufd } from './drivers/iommufd.js'
import {
  type1v2,
  type1v2ChargingCaller,
  type1v2CountingDevices,
  type1v2DroppingPins,
  type1v2Unpinned,
} from './drivers/vfio-type1.js'
import { onDemand4k } from './on-demand-4k.js'
import { toPrivateBy, toSharedBy } from './vocabulary/conversions.js'
import {
  eachMappedPage,
  eachPageOf,
  eachSharedUnmappedPageInSlot,
  eachUnmappedPage,
  eachUnmappedPageInSlot,
} from './vocabulary/loops.js'
import { allPages, chunk, page, slot } from './vocabulary/ranges.js'
import { acquire, mapInSecond, release, sealFile, slotGone, slotReady, unmapInSecond } from './vocabulary/steps.js'
import { shareAgain, unshareAgain } from './vocabulary/undo.js'

// Variants of on-demand-4k for shared memory that goes under a device: with its slot, which KVM tells DMA nothing of,
// or out of its file without a word of the VMM.

const unmapSlot: Plan = [{ each: eachMappedPage(slot), body: [{ call: 'unmap', on: page }] }]

/** As QEMU orders the two; a page that is converted while its slot is away is mapped when the slot is back. */
export const slotsUnmapped: Design = {
  ...onDemand4k,
  variant: 'slots-unmapped',
  summary: 'Unmaps the DMA of a slot before it is deleted, and maps again what is shared when it is put back.',
  source: 'QEMU c0e80879c876 hw/vfio/listener.c, vfio_listener_region_del(); kvm_region_commit() of accel/kvm/',
  scope: { slotChanges: true },
  drivers: [type1v2, iommufd],
  toShared: toSharedBy([{ each: eachUnmappedPageInSlot(chunk), body: [{ call: 'map', on: page }] }]),
  undoPrivate: [
    ...shareAgain,
    { each: eachSharedUnmappedPageInSlot(chunk), body: [{ call: 'map', on: page, fail: 'ignore' }] },
  ],
  slotRemoved: [acquire('vm'), ...unmapSlot, { call: 'delete-slot', on: slot }, slotGone, release('vm')],
  undoSlotRemoved: [
    { each: eachSharedUnmappedPageInSlot(slot), body: [{ call: 'map', on: page, fail: 'ignore' }] },
    slotReady,
  ],
  slotAdded: [
    acquire('vm'),
    { call: 'create-slot', on: slot },
    { each: eachSharedUnmappedPageInSlot(slot), body: [{ call: 'map', on: page }] },
    slotReady,
    release('vm'),
  ],
  undoSlotAdded: [
    { each: eachMappedPage(slot), body: [{ call: 'unmap', on: page, fail: 'ignore' }] },
    { call: 'delete-slot', on: slot, fail: 'ignore' },
    slotGone,
  ],
}

/** In between a device writes to memory that may be another's already. */
export const slotsUnmappedLate: Design = {
  ...slotsUnmapped,
  variant: 'slots-unmapped-late',
  summary: 'Deletes a slot before its DMA is unmapped.',
  source: 'the other order of the same two steps',
  slotRemoved: [acquire('vm'), { call: 'delete-slot', on: slot }, ...unmapSlot, slotGone, release('vm')],
  undoSlotRemoved: [slotGone],
}

/** Right as long as the host leaves the page alone. */
export const mapsUnpinned: Design = {
  ...onDemand4k,
  variant: 'maps-unpinned',
  summary: 'Maps on demand, and keeps no pin on what it maps: the host may take the page out under the device.',
  source: 'the opposite of what Linux 7.2 Documentation/core-api/pin_user_pages.rst, CASE 2, asks for',
  scope: { reclaim: true },
  drivers: [type1v2Unpinned],
  backings: ['separate'],
}

/** QEMU's memory-backend-memfd seals its file unless it is told not to. */
export const sealsFile: Design = {
  ...onDemand4k,
  variant: 'seals-file',
  summary: 'Seals the file of shared memory against truncation before it maps.',
  source: 'QEMU 06b40d250ecf backends/hostmem-memfd.c, memfd_backend_instance_init(): seal is on by default',
  scope: { truncations: 1 },
  drivers: [type1v2, iommufd],
  backings: ['separate'],
  boot: [sealFile, ...onDemand4k.boot],
}

const mapInBoth: Plan = [
  { each: eachUnmappedPage(chunk), body: [{ call: 'map', on: page }] },
  { each: eachPageOf(chunk), body: [mapInSecond] },
]
const unmapInFirst: Plan = [{ each: eachMappedPage(chunk), body: [{ call: 'unmap', on: page }] }]

/** A device in a container of its own; both containers pin what is shared. */
export const twoContainers: Design = {
  ...onDemand4k,
  variant: 'two-containers',
  summary: 'Maps what is shared in two containers, and unmaps it from both before it becomes private.',
  source: 'QEMU 10.1 hw/vfio/listener.c: each container of an address space has a listener of its own',
  scope: { secondContainer: true },
  drivers: [type1v2],
  boot: [...onDemand4k.boot, { each: eachMappedPage(allPages), body: [mapInSecond] }],
  toPrivate: toPrivateBy([...unmapInFirst, { each: eachPageOf(chunk), body: [unmapInSecond] }]),
  toShared: toSharedBy(mapInBoth),
  undoShared: unshareAgain([unmapInSecond]),
}

export const secondForgotten: Design = {
  ...twoContainers,
  variant: 'second-forgotten',
  summary: 'Maps what is shared in two containers, and unmaps it from the first alone.',
  source: 'the same without the listener of the second container at an unmap',
  toPrivate: toPrivateBy(unmapInFirst),
}

/** The other container still has the page mapped, and a pin of it that does not hold. */
export const pinsDropped: Design = {
  ...twoContainers,
  variant: 'pins-dropped',
  summary: 'Over a kernel in which an unmap lets go of a page for every container that has it pinned.',
  source: 'Linux 7.2 vfio_unpin_pages_remote(), had put_pfn() dropped more than the one reference of its mapping',
  drivers: [type1v2DroppingPins],
}

/** After an exec the count of the new process falls below nothing, and that of the old one stays. */
export const callerCharged: Design = {
  ...onDemand4k,
  variant: 'caller-charged',
  summary:
    'Over a kernel in which an unmap lowers the account of the process that calls, and not of the one that mapped.',
  source: 'Linux 7.2 vfio_lock_acct() with current->mm in the place of dma->mm',
  scope: { processes: true },
  drivers: [type1v2ChargingCaller],
}

/** Each cycle of map and unmap leaves the pages of the device in the count. */
export const devicesCounted: Design = {
  ...onDemand4k,
  variant: 'devices-counted',
  summary: 'Over a kernel that counts device memory as locked when it is mapped, and not when it is unmapped.',
  source:
    'Linux 7.2 vfio_pin_pages_remote(), had it kept what the first page of a batch is for all (as before 7172a69c1046)',
  scope: { devicePages: 1 },
  drivers: [type1v2CountingDevices],
}
