import type { Driver } from '../designs/design.js'
import { iommufd } from '../designs/drivers/iommufd.js'
import { iommufdCompat } from '../designs/drivers/iommufd-compat.js'
import { iommufdFile } from '../designs/drivers/iommufd-file.js'
import { pageTable } from '../designs/drivers/page-table.js'
import { type1v1, type1v2 } from '../designs/drivers/vfio-type1.js'
import type { Design } from '../designs/index.js'

/**
 * By name, for hosts whose steps are the threads' own; `iommufd-file` maps by file descriptor and offset, `page-table`
 * is the IOMMU driver alone.
 */
const drivers: readonly Driver[] = [type1v2, type1v1, iommufd, iommufdCompat, iommufdFile, pageTable]

/** A host that does nothing by itself: what it does stands in the threads. */
export const rawHost: Design = {
  name: 'threads',
  summary: 'Does only what the threads of a litmus test say.',
  source: 'the litmus file',
  lock: 'none but those that the threads take',
  drivers,
  backings: ['separate', 'in-place'],
  boot: [],
  toPrivate: [],
  toShared: [],
}
