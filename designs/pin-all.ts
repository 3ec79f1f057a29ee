import type { Plan } from '../model/plan/plan.js'
import type { Design } from './design.js'
import { iommufd } from './drivers/iommufd.js'
import { type1v2 } from './drivers/vfio-type1.js'
import { allPages, chunk } from './vocabulary/ranges.js'
import { acquire, release } from './vocabulary/steps.js'
import { shareAgain } from './vocabulary/undo.js'

const toPrivate: Plan = [
  acquire('vm'),
  { call: 'set-private', on: chunk },
  { call: 'discard-shared', on: chunk },
  release('vm'),
]

const toShared: Plan = [
  acquire('vm'),
  { call: 'set-shared', on: chunk },
  { call: 'discard-private', on: chunk },
  release('vm'),
]

/** VFIO's way: everything is mapped and pinned before the guest runs, so conversions never touch DMA. */
export const pinAll: Design = {
  name: 'pin-all',
  summary: 'Maps and pins all guest memory by HVA when the VM is created; conversions discard the side that is left.',
  source: 'Yu Zhang in the 2021 thread: VFIO pins the whole guest in vfio_dma_do_map()',
  lock: 'one lock per VM around a conversion',
  drivers: [type1v2, iommufd],
  backings: ['separate', 'in-place'],
  mapsOnce: true,
  boot: [{ call: 'map', on: allPages }],
  toPrivate,
  undoPrivate: shareAgain,
  toShared,
}
