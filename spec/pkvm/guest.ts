import type { Rule } from '../rule.js'
import { androidCommon, linux72 } from '../sources.js'

// How a page becomes the guest's, is shared with the host, and is taken back.

export const pkvmDonateAtFault = {
  id: 'pkvm.guest/donated-at-fault',
  statement: 'KVM pins the page at the fault of the guest, and has the hypervisor donate it.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/mmu.c, pkvm_mem_abort(); arch/arm64/kvm/pkvm.c, pkvm_pgtable_stage2_map()',
} as const satisfies Rule

export const pkvmDonateNeedsOwned = {
  id: 'pkvm.guest/donate-needs-owned',
  statement: 'Only a page that the host owns and does not share is donated.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/mem_protect.c, __pkvm_host_donate_guest()',
} as const satisfies Rule

export const pkvmDonateByPage = {
  id: 'pkvm.guest/donate-by-page',
  statement: 'A protected guest has its pages one by one.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/pkvm.c, pkvm_pgtable_stage2_map(): WARN_ON_ONCE(size != PAGE_SIZE)',
} as const satisfies Rule

export const pkvmSharesInPlace = {
  id: 'pkvm.guest/shares-in-place',
  statement: 'A page that the guest shares stays where it is: the host may use the frame, which the guest owns.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/mem_protect.c, __pkvm_guest_share_host()',
} as const satisfies Rule

export const pkvmShareMapsFirst = {
  id: 'pkvm.guest/share-marks-first',
  statement: 'The entry of the guest says that a page is shared before the host gets it.',
  force: 'must',
  source: linux72,
  at:
    'arch/arm64/kvm/hyp/nvhe/mem_protect.c, __pkvm_guest_share_host(). Android has the other order, under the same ' +
    'locks: 0140be8f95e6',
} as const satisfies Rule

export const pkvmShareNeedsPage = {
  id: 'pkvm.guest/share-needs-page',
  statement: 'A guest that shares a page which it does not have yet faults first, and asks again.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/pkvm.c, pkvm_memshare_call(), __pkvm_memshare_page_req()',
} as const satisfies Rule

export const pkvmShareNeedsNoPage = {
  id: 'pkvm.guest/share-needs-unshared',
  statement: 'A page that the host may use already is not shared with it again.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/mem_protect.c, __pkvm_guest_share_host(), PKVM_NOPAGE',
} as const satisfies Rule

export const pkvmUnshareNeedsBorrowed = {
  id: 'pkvm.guest/unshare-needs-shared',
  statement: 'The guest takes back only what the host borrows.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/mem_protect.c, __pkvm_guest_unshare_host()',
} as const satisfies Rule

export const pkvmUnshareOwnsLast = {
  id: 'pkvm.guest/unshare-owns-last',
  statement: 'The host has lost a page before the entry of the guest says that it is not shared any more.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/mem_protect.c, __pkvm_guest_unshare_host()',
} as const satisfies Rule

export const pkvmContentStays = {
  id: 'pkvm.guest/content-stays',
  statement: 'A donated page, and one that is taken back, has the content that it had.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/mem_protect.c, __pkvm_host_donate_guest(), __pkvm_guest_unshare_host(): neither clears',
} as const satisfies Rule

export const pkvmNoFailure = {
  id: 'pkvm.guest/no-failure',
  statement: 'Behind its checks a change of the owner does not fail: the hypervisor stops the machine instead.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/mem_protect.c, WARN_ON() in each of them, which ends in nvhe_hyp_panic_handler()',
} as const satisfies Rule

export const pkvmPoisoned = {
  id: 'pkvm.guest/poisoned',
  statement:
    'A page that was taken by force is lost: the guest cannot share it, and a vCPU that touches it returns EFAULT.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/mem_protect.c, get_valid_guest_pte(), __pkvm_vcpu_in_poison_fault(); pkvm.c of KVM',
} as const satisfies Rule

export const pkvmHostNotTold = {
  id: 'pkvm.guest/host-not-told',
  statement: 'The hypervisor shares a page, and takes it back, without a word to the host.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/pkvm.c, pkvm_memshare_call(), pkvm_memunshare_call()',
} as const satisfies Rule

export const pkvmHostToldAfter = {
  id: 'pkvm.guest/host-told-after',
  statement: 'The host is told of it once it is done.',
  force: 'may',
  source: androidCommon,
  at: 'arch/arm64/kvm/hyp/nvhe/pkvm.c, pkvm_memshare_call(), "Success! Now tell the host"',
} as const satisfies Rule
