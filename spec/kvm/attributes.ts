import type { Rule } from '../rule.js'
import { linux72, linux612 } from '../sources.js'

export const attributesFlagsZero = {
  id: 'kvm.attributes/flags',
  statement: 'KVM_SET_MEMORY_ATTRIBUTES with a flag set fails with EINVAL.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_vm_ioctl_set_mem_attributes()',
} as const satisfies Rule

export const attributesSupported = {
  id: 'kvm.attributes/unsupported',
  statement: 'KVM_SET_MEMORY_ATTRIBUTES with an attribute that this VM does not support fails with EINVAL.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_vm_ioctl_set_mem_attributes()',
} as const satisfies Rule

export const attributesNonEmpty = {
  id: 'kvm.attributes/empty-or-wraps',
  statement: 'KVM_SET_MEMORY_ATTRIBUTES of an empty or wrapping range fails with EINVAL.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_vm_ioctl_set_mem_attributes()',
} as const satisfies Rule

export const attributesAligned = {
  id: 'kvm.attributes/alignment',
  statement: 'KVM_SET_MEMORY_ATTRIBUTES of a range that does not start and end at a page fails with EINVAL.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_vm_ioctl_set_mem_attributes()',
} as const satisfies Rule

export const attributesNeedNoSlot = {
  id: 'kvm.attributes/no-slot-needed',
  statement: 'Attributes may be set on gfns that no memslot covers.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_vm_ioctl_set_mem_attributes(), no memslot lookup; observed on 7.2',
} as const satisfies Rule

export const attributesNoChange = {
  id: 'kvm.attributes/no-change',
  statement: 'If every page of the range has the attributes already, the call succeeds and does nothing.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_vm_set_mem_attributes(), kvm_range_has_memory_attributes()',
} as const satisfies Rule

export const attributesReserveFirst = {
  id: 'kvm.attributes/enomem',
  statement: 'Memory for the whole range is reserved first, so that ENOMEM leaves every attribute as it was.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_vm_set_mem_attributes(), xa_reserve()',
} as const satisfies Rule

export const attributesZapBeforeStore = {
  id: 'kvm.attributes/zap-before-store',
  statement: 'The mappings of the range are gone and the vCPU TLBs flushed before the first attribute changes.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_vm_set_mem_attributes(), pre_set_range',
} as const satisfies Rule

export const attributesZapOldSide = {
  id: 'kvm.attributes/zap-old-side',
  statement:
    'To private drops the shared mappings of the range, to shared the private ones (secure EPT removal included).',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/mmu/mmu.c, kvm_arch_pre_set_memory_attributes()',
} as const satisfies Rule

export const attributesZapUnconditional = {
  id: 'kvm.attributes/invalidation-always',
  statement: 'Every slot part of the range joins the invalidation, whether or not something was mapped there.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_pre_set_memory_attributes()',
} as const satisfies Rule

export const attributesWidenToHugepage = {
  id: 'kvm.attributes/widen-to-hugepage',
  statement:
    'The invalidation reaches out to the hugepage borders around the range, so that no fault builds one across it.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/mmu/mmu.c, kvm_arch_pre_set_memory_attributes()',
} as const satisfies Rule

export const attributesStoreThenEnd = {
  id: 'kvm.attributes/store-then-end',
  statement: 'The invalidation ends only after the last attribute is stored and the hugepage flags are computed again.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_vm_set_mem_attributes(), post_set_range',
} as const satisfies Rule

export const attributesSlotsLock = {
  id: 'kvm.attributes/slots-lock',
  statement: 'One slots_lock a VM is held from the first check of the range to the end of the invalidation.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_vm_set_mem_attributes(), slots_lock',
} as const satisfies Rule

export const attributesIgnoreDma = {
  id: 'kvm.attributes/no-dma-check',
  statement: 'Nothing looks at page references or pins, nor asks or tells VFIO, iommufd or an IOMMU.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_vm_set_mem_attributes()',
} as const satisfies Rule

export const attributesIgnoreDma612 = {
  id: 'kvm.attributes/no-dma-check-6-12',
  statement: 'In 6.12 too, attributes change without regard to pins or DMA mappings.',
  force: 'must',
  source: linux612,
  at: 'virt/kvm/kvm_main.c, kvm_vm_set_mem_attributes()',
} as const satisfies Rule

export const attributesNoHalfWay = {
  id: 'kvm.attributes/no-half-way',
  statement:
    'After the reservation nothing can fail, and no signal is looked at: attributes change for the whole ' +
    'range or not at all.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_vm_set_mem_attributes()',
} as const satisfies Rule
