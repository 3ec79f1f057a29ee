import type { Rule } from '../rule.js'
import { linux72, linux612 } from '../sources.js'

// Tables of the IOMMU: memory for them, and several threads that write to them at once.

export const vtdTableAllocated = {
  id: 'vtd.tables/allocated-where-missing',
  statement:
    'A store of a leaf takes memory for each table that is missing on the way to it, and fails with ENOMEM if there ' +
    'is none; where the tables are there it takes none.',
  force: 'must',
  source: linux72,
  at:
    'drivers/iommu/generic_pt/iommu_pt.h, __map_range(), pt_iommu_new_table(), _table_alloc(): Intel, AMD, RISC-V; ' +
    'drivers/iommu/io-pgtable-arm.c, __arm_lpae_map()',
} as const satisfies Rule

export const vtdTableAllocated612 = {
  id: 'vtd.tables/allocated-where-missing-6-12',
  statement: 'On 6.12 the same: a table is allocated where the entry that leads to it is not present.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, pfn_to_dma_pte(), __domain_mapping(): ENOMEM',
} as const satisfies Rule

export const vtdTableExchanged = {
  id: 'vtd.tables/put-in-by-exchange',
  statement:
    'A new table is put in by a compare-exchange with the empty entry; a caller that finds another there ' +
    'frees its own and tries again, with that one.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/iommu_pt.h, pt_iommu_new_table(): EAGAIN; fmt/vtdss.h, vtdss_pt_install_table()',
} as const satisfies Rule

export const vtdTableExchanged612 = {
  id: 'vtd.tables/put-in-by-exchange-6-12',
  statement: 'On 6.12 a mapper that finds another table there frees its own, and uses the other.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, pfn_to_dma_pte()',
} as const satisfies Rule
