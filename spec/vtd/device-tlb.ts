import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

// Address translation services: the device's own copy of a translation.

export const vtdDeviceTlbHit = {
  id: 'vtd.device-tlb/translated-request',
  statement: 'Where ATS is on, a device may keep a translation and issue DMA with the host address that it was given.',
  force: 'may',
  source: linux72,
  at: 'drivers/iommu/intel/iommu.c, iommu_enable_pci_ats()',
} as const satisfies Rule

export const vtdDeviceTlbRequired = {
  id: 'vtd.device-tlb/required',
  statement: 'Where ATS is on, removing a translation needs a device-TLB invalidation as well as that of the IOTLB.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/cache.c, cache_tag_flush_devtlb_psi()',
} as const satisfies Rule

export const vtdDeviceTlbAfterIotlb = {
  id: 'vtd.device-tlb/after-iotlb',
  statement: 'The IOTLB is invalidated before the device TLB.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/cache.c, cache_tag_assign(): IOTLB tags before device tags',
} as const satisfies Rule

export const vtdDeviceTlbRefill = {
  id: 'vtd.device-tlb/refill',
  statement: 'A device may refill its TLB from any entry that the IOTLB still holds.',
  force: 'may',
  source: linux72,
  at: 'drivers/iommu/intel/cache.c, cache_tag_assign(): the reason for the order',
} as const satisfies Rule
