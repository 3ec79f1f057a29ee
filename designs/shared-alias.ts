import type { Design } from './design.js'
import { iommufd } from './drivers/iommufd.js'
import { type1v2 } from './drivers/vfio-type1.js'
import { allPages, chunk } from './vocabulary/ranges.js'
import { acquire, release } from './vocabulary/steps.js'

/** Safe and simple; the price is a second copy of the guest's memory. */
export const sharedAlias: Design = {
  name: 'shared-alias',
  summary: 'Maps the complete, duplicate shared region once and discards nothing.',
  source: 'David Hildenbrand in the 2021 thread; Cloud Hypervisor HEAD 2026 keeps the shared side the same way',
  lock: 'one lock per VM around a conversion',
  drivers: [type1v2, iommufd],
  backings: ['separate'],
  mapsOnce: true,
  boot: [{ call: 'map', on: allPages }],
  toPrivate: [acquire('vm'), { call: 'set-private', on: chunk }, release('vm')],
  toShared: [acquire('vm'), { call: 'set-shared', on: chunk }, release('vm')],
}
