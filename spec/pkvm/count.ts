import type { Rule } from '../rule.js'
import { androidPkvm, pkvmIa } from '../sources.js'

// The other way: the hypervisor writes the tables for the host, and counts the mappings of each page.

export const pkvmUseDmaCounts = {
  id: 'pkvm.count/mapped-is-counted',
  statement: 'Each page that the host has mapped for DMA is counted until it is unmapped.',
  force: 'must',
  source: androidPkvm,
  at: 'mem_protect.c, __pkvm_use_dma(), __pkvm_unuse_dma(); iommu.c, kvm_iommu_map_pages()',
} as const satisfies Rule

export const pkvmRefusesCounted = {
  id: 'pkvm.count/refuses-hand-over',
  statement: 'A page that is counted changes its owner for no one.',
  force: 'must',
  source: androidPkvm,
  at: 'mem_protect.c, HOST_CHECK_NULL_REFCNT in __pkvm_host_donate_guest(); the comment of __pkvm_use_dma()',
} as const satisfies Rule

export const pkvmUseDmaOwned = {
  id: 'pkvm.count/maps-owned-alone',
  statement: 'The host maps only pages that it owns: what it borrows from a guest is refused.',
  force: 'must',
  source: androidPkvm,
  at: 'mem_protect.c, __pkvm_use_dma_locked()',
} as const satisfies Rule

export const pkvmUnshareRefused = {
  id: 'pkvm.count/unshare-refused',
  statement: 'Were borrowed pages mapped, the guest could not take one back while a DMA mapping has it.',
  force: 'may',
  source: pkvmIa,
  at: '#92, maluka-dmytro, 2026-03-25; the comment of __pkvm_use_dma() in the Android tree asks for the same',
} as const satisfies Rule

export const pkvmRelinquishRefused = {
  id: 'pkvm.count/relinquish-refused',
  statement:
    'A page that the guest gives up stays while it is counted (EBUSY), and a part of a block is refused (E2BIG).',
  force: 'must',
  source: androidPkvm,
  at: 'mem_protect.c, __pkvm_guest_relinquish_to_host()',
} as const satisfies Rule
