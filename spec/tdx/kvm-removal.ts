import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

export const kvmRemovalOrder = {
  id: 'tdx.kvm-removal/order',
  statement: 'KVM takes a private page away by block, track, kick of the vCPUs, remove and WBINVD, in that order.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_sept_remove_leaf_spte()',
} as const satisfies Rule

export const kvmRemovalUnderMmuLock = {
  id: 'tdx.kvm-removal/mmu-lock',
  statement: 'KVM holds the write side of mmu_lock over the whole removal.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, lockdep_assert_held_write() in tdx_sept_remove_leaf_spte()',
} as const satisfies Rule

export const kvmTrackKicks = {
  id: 'tdx.kvm-removal/track-kicks',
  statement: 'After TRACK, KVM forces every vCPU out of the guest, so that the old epoch drains.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_track(), KVM_REQ_OUTSIDE_GUEST_MODE',
} as const satisfies Rule

export const kvmTrackNotRunnable = {
  id: 'tdx.kvm-removal/track-skipped',
  statement: 'KVM omits TRACK while the TD cannot run yet.',
  force: 'may',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_track(), TD_STATE_RUNNABLE',
} as const satisfies Rule

export const kvmRetriesBusyOnce = {
  id: 'tdx.kvm-removal/busy-retry',
  statement: 'On TDX_OPERAND_BUSY KVM keeps vCPUs out and repeats the call once; it counts on success then.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdh_do_no_vcpus()',
} as const satisfies Rule

export const kvmRemovalFailureIsBug = {
  id: 'tdx.kvm-removal/failure-bugs-vm',
  statement: 'If a removal call still fails, KVM marks the VM as bugged and reports EIO.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, TDX_BUG_ON_2()',
} as const satisfies Rule

export const kvmOnly4k = {
  id: 'tdx.kvm-removal/only-4k',
  statement: 'KVM maps private memory by 4 KiB entries only and calls neither PROMOTE nor DEMOTE.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, PG_LEVEL_4K checks',
} as const satisfies Rule
