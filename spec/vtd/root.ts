import type { Rule } from '../rule.js'
import { chipset4Series, linux72 } from '../sources.js'

// The unit as an object: its root table, and what it writes by itself.

export const vtdRootFlush = {
  id: 'vtd.root/flush-after-set',
  statement: 'After the root pointer is set, software invalidates the context cache, then the IOTLB, both globally.',
  force: 'must',
  source: chipset4Series,
  at: 'GCMD_REG, SRTP',
} as const satisfies Rule

export const vtdRootEnhanced = {
  id: 'vtd.root/enhanced',
  statement: 'A unit that reports ESRTPS drops what it has cached itself when the root pointer is set.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/iommu.c, iommu_set_root_entry(): cap_esrtps()',
} as const satisfies Rule

export const vtdUnitWrites = {
  id: 'vtd.unit/own-writes',
  statement:
    'What a unit writes by itself, such as its fault message, goes to the address that software gave, untranslated.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, qi_submit_sync(): virt_to_phys(); dmar_msi_write(): FEADDR',
} as const satisfies Rule
