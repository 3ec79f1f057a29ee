import type { Plan } from '../model/plan/plan.js'
import type { Design } from './design.js'
import { kernelMirror } from './drivers/kernel-mirror.js'
import { eachSharedAbsentPage, eachSharedPage, eachUnacknowledgedPage } from './vocabulary/loops.js'
import { allPages, chunk, page } from './vocabulary/ranges.js'
import { acquire, release } from './vocabulary/steps.js'

const mapShared: Plan = [{ each: eachSharedAbsentPage(chunk), body: [{ call: 'map', on: page }] }]

/** The kernel that owns the pages keeps the IOMMU in step: no unmap depends on the VMM. */
export const mirrorGuestMemfd: Design = {
  name: 'mirror-guest-memfd',
  summary: "The kernel mirrors guest_memfd's state into the IOMMU: removes before private, adds after shared.",
  source: 'Jason Gunthorpe and Sean Christopherson, iommufd from guest_memfd thread, Feb 2026',
  lock: "guest_memfd's filemap_invalidate_lock",
  drivers: [kernelMirror],
  backings: ['in-place'],
  boot: [{ each: eachSharedPage(allPages), body: [{ call: 'map', on: page }] }],
  toPrivate: [acquire('vm'), { call: 'unmap', on: chunk }, { call: 'set-private', on: chunk }, release('vm')],
  undoPrivate: [{ each: eachSharedAbsentPage(chunk), body: [{ call: 'map', on: page, fail: 'ignore' }] }],
  toShared: [acquire('vm'), { call: 'set-shared', on: chunk }, ...mapShared, release('vm')],
  undoShared: [
    {
      each: eachUnacknowledgedPage(chunk),
      body: [
        { call: 'unmap', on: page },
        { call: 'set-private', on: page, fail: 'ignore' },
      ],
    },
  ],
}
