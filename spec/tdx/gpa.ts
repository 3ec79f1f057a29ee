import type { Rule } from '../rule.js'
import { linux72, qemu102, thread2021 } from '../sources.js'

export const sharedBit47 = {
  id: 'tdx.gpa/shared-bit-47',
  statement: 'With a 48-bit guest address width, GPA bit 47 tells shared (set) from private (clear).',
  force: 'may',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, TDX_SHARED_BIT_PWL_4',
} as const satisfies Rule

export const sharedBit51 = {
  id: 'tdx.gpa/shared-bit-51',
  statement: 'With a 52-bit guest address width, GPA bit 51 tells shared (set) from private (clear).',
  force: 'may',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, TDX_SHARED_BIT_PWL_5',
} as const satisfies Rule

export const twoEptRoots = {
  id: 'tdx.gpa/two-roots',
  statement: 'A private GPA is translated by the secure EPT, a shared GPA by an EPT that the host owns.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/mmu/tdp_mmu.c, mirror root; arch/x86/kvm/vmx/tdx.c',
} as const satisfies Rule

export const iovaWithoutSharedBit = {
  id: 'tdx.gpa/iova-without-shared-bit',
  statement: 'The host may map DMA at the GPA without its SHARED bit, so that the device has one address a page.',
  force: 'may',
  source: qemu102,
  at: 'hw/vfio/listener.c, section->offset_within_address_space',
} as const satisfies Rule

export const iovaWithSharedBit = {
  id: 'tdx.gpa/iova-with-shared-bit',
  statement: 'The host may map DMA at the GPA with its SHARED bit, or at both, which doubles the I/O tables.',
  force: 'may',
  source: thread2021,
  at: 'David Hildenbrand, 1 Sep 2021, on mapping the complete duplicate shared region',
} as const satisfies Rule
