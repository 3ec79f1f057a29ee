import type { Rule } from '../rule.js'
import { linux72, linux612, pcieBase, riscvIommu } from '../sources.js'

// Address translation services: the device's own copy of a translation.

export const vtdDeviceTlbHit = {
  id: 'vtd.device-tlb/translated-request',
  statement: 'Where ATS is on, a device may keep a translation and issue DMA with the host address that it was given.',
  force: 'may',
  source: linux72,
  at: 'drivers/iommu/intel/iommu.c, iommu_enable_pci_ats()',
} as const satisfies Rule

export const vtdDeviceTlbUntranslated = {
  id: 'vtd.device-tlb/untranslated-request',
  statement: 'Where ATS is on, a device may still issue untranslated requests.',
  force: 'may',
  source: pcieBase,
  at: '10.1.2: a Function may intermix translated and untranslated requests',
} as const satisfies Rule

export const vtdDeviceTlbFill = {
  id: 'vtd.device-tlb/fill-by-completion',
  statement:
    'A device TLB is filled by the answer to a translation request, from the tables or from any cache of the unit.',
  force: 'must',
  source: pcieBase,
  at: '10.1.1; 10.2.3.1',
} as const satisfies Rule

export const vtdDeviceTlbWithoutIotlb = {
  id: 'vtd.device-tlb/fill-without-iotlb',
  statement:
    'A device may keep a translation that the IOTLB does not keep, and the IOTLB one that the device does not.',
  force: 'may',
  source: riscvIommu,
  at: 'iommu_sw_guidelines.adoc, Device Address Translation Cache invalidations',
} as const satisfies Rule

export const vtdDeviceTlbNotPresent = {
  id: 'vtd.device-tlb/not-present-not-kept',
  statement:
    'A device does not keep an answer without read and write, so a new mapping needs no device-TLB invalidation.',
  force: 'must',
  source: pcieBase,
  at: '10.2.3.5',
} as const satisfies Rule

export const vtdDeviceTlbRights = {
  id: 'vtd.device-tlb/rights-kept',
  statement: 'A device uses a cached translation only for accesses that its R and W allow; for others it asks again.',
  force: 'must',
  source: pcieBase,
  at: '10.2.3.1; 10.2.3.5',
} as const satisfies Rule

export const vtdDeviceTlbOwner = {
  id: 'vtd.device-tlb/by-device',
  statement:
    'An entry of a device TLB belongs to the device and not to a domain; an invalidation names the device and a range.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, qi_flush_dev_iotlb(); iommu.h, qi_desc_dev_iotlb()',
} as const satisfies Rule

export const vtdDeviceTlbSurvivesAttach = {
  id: 'vtd.device-tlb/survives-attach',
  statement: 'A device that moves to another domain keeps what it has cached until that is invalidated.',
  force: 'may',
  source: pcieBase,
  at: '10.3.7: a change of tables is not among the implicit invalidation events',
} as const satisfies Rule

export const vtdDeviceTlbRequired = {
  id: 'vtd.device-tlb/required',
  statement: 'Where ATS is on, removing a translation needs a device-TLB invalidation as well as that of the IOTLB.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/cache.c, cache_tag_flush_devtlb_psi()',
} as const satisfies Rule

export const vtdDeviceTlbOverlap = {
  id: 'vtd.device-tlb/overlap',
  statement: 'A device-TLB invalidation drops every entry that overlaps its range, whatever the size of the entry.',
  force: 'must',
  source: pcieBase,
  at: '10.2.3.1',
} as const satisfies Rule

export const vtdDeviceTlbAfterIotlb = {
  id: 'vtd.device-tlb/after-iotlb',
  statement: 'The IOTLB is invalidated before the device TLB, which may be filled again from it.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/cache.c, cache_tag_assign(): IOTLB tags before device tags',
} as const satisfies Rule

export const vtdDeviceTlbDrains = {
  id: 'vtd.device-tlb/completion-drains',
  statement:
    'A device answers an invalidation behind its DMA with that translation: reads are answered, writes sent ahead.',
  force: 'must',
  source: pcieBase,
  at: '10.3.3',
} as const satisfies Rule

export const vtdDeviceTlbEarly = {
  id: 'vtd.device-tlb/completion-early',
  statement: 'A faulty device may answer an invalidation before its posted writes that used the dropped translation.',
  force: 'may',
  source: linux72,
  at: 'drivers/iommu/intel/iommu.c, dev_needs_extra_dtlb_flush(), and the comment at quirk_extra_dev_tlb_flush()',
} as const satisfies Rule

export const vtdDeviceTlbTwice = {
  id: 'vtd.device-tlb/extra-invalidation',
  statement:
    'A device that answers early gets a second invalidation of the range, whose answer comes behind those writes.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/cache.c, cache_tag_flush_devtlb_psi(): dtlb_extra_inval',
} as const satisfies Rule

export const vtdDeviceTlbPart = {
  id: 'vtd.device-tlb/part-of-superpage',
  statement: 'Of the answer for a superpage a device may keep all, or an aligned part.',
  force: 'may',
  source: pcieBase,
  at: '10.2.3.1',
} as const satisfies Rule

export const vtdDeviceTlbLateAnswer = {
  id: 'vtd.device-tlb/late-answer-dropped',
  statement: 'A device drops an answer that an invalidation of its range has overtaken.',
  force: 'must',
  source: pcieBase,
  at: '10.3.6',
} as const satisfies Rule

export const vtdAtsAfterEntry = {
  id: 'vtd.device-tlb/ats-after-entry',
  statement:
    'Linux turns ATS of a device on when its context entry is written and flushed, whatever is mapped by then.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, dmar_domain_attach_device(), iommu_enable_pci_caps()',
} as const satisfies Rule

export const vtdDeviceTagAtEnable = {
  id: 'vtd.device-tlb/tag-at-enable',
  statement:
    'A flush of a domain goes to the TLB of a device only if ATS was on when the device got its cache tags: one that ' +
    'is turned on later needs a tag as well.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/cache.c, __cache_tag_assign_domain(); iommu.c, intel_iommu_probe_finalize()',
} as const satisfies Rule

export const vtdDeviceTlbEmptied = {
  id: 'vtd.device-tlb/emptied-by-enable',
  statement: 'Reset of a function, and turning ATS on, empty its device TLB.',
  force: 'must',
  source: pcieBase,
  at: '10.3.7',
} as const satisfies Rule
