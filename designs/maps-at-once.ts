import type { Design } from './design.js'
import { iommufdBeside, iommufdTableLost } from './drivers/iommufd.js'
import { onDemand4k } from './on-demand-4k.js'
import { eachUnmappedPage } from './vocabulary/loops.js'
import { chunk, page } from './vocabulary/ranges.js'
import { acquire, release } from './vocabulary/steps.js'

// Two vCPUs that map pages of one region at once: each may find no table there, and make one.

export const mapsAtOnce: Design = {
  ...onDemand4k,
  variant: 'maps-at-once',
  summary: 'Maps outside of the lock of the VM; a table that another put in first is used, and the own one freed.',
  source: 'Linux 7.2 iopt_map_pages(), whose domains_rwsem lets maps of several areas write at once',
  lock: 'one lock per VM around attributes and discards, and around a conversion to private',
  drivers: [iommufdBeside],
  toShared: [
    acquire('vm'),
    { call: 'set-shared', on: chunk },
    { call: 'discard-private', on: chunk },
    release('vm'),
    { each: eachUnmappedPage(chunk), body: [{ call: 'map', on: page }] },
  ],
}

export const tableStored: Design = {
  ...mapsAtOnce,
  variant: 'table-stored',
  summary: 'Maps outside of the lock of the VM, over an IOMMU driver that puts a new table over the one that is there.',
  source: 'Linux 7.2 pt_iommu_new_table() with a store in the place of its compare-exchange',
  drivers: [iommufdTableLost],
}
