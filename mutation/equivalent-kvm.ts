import { type EquivalentMutants, equivalent } from './equivalent.js'

// Plans of KVM, on TDX and on the other architectures.

const everywhere: readonly EquivalentMutants[] = [
  equivalent(
    /^KVM/,
    /drop lock\.acquire slots|swap .*lock\.(acquire|release) slots/,
    'the lock of the VM is held around each of these calls, and an invalidation is the business of its own vCPU',
    'kvm.attributes/slots-lock',
  ),
  equivalent(
    /^KVM, separate/,
    /^set-private: swap kvm\.(zap-shared ↔ kvm\.request-flush|set-attributes ↔ kvm\.invalidate-end)/,
    'the discard that follows drops the same translations, and turns the same faults away, before it frees the page',
    'kvm.host-memory/notifier-before-free',
  ),
  equivalent(
    /^KVM/,
    /^set-shared: (drop lock\.acquire mmu|swap .*lock\.(acquire|release) mmu)/,
    'a fault that comes in between is turned away by the invalidation that is under way',
    'kvm.fault/retry-in-progress',
  ),
  equivalent(
    /^KVM.*, separate/,
    /^set-shared: drop each secure EPT entry of call/,
    'the discard that follows takes the pages out of the secure EPT before it frees them',
    'kvm.guest-memfd/punch-order',
  ),
  equivalent(
    /^KVM.*, separate/,
    /^discard-shared,(?!.*when unit).*: (drop (kvm\.(invalidate-begin|zap-shared|\w+-flush)|lock\.acquire mmu)|swap )/,
    'the attribute call has flushed the shared side of the range, and no fault of a private page fills it again',
    'kvm.attributes/zap-old-side',
  ),
  equivalent(/^KVM.*, in-place/, /^discard-shared/, 'in place there is nothing to discard', 'kvm.in-place/same-frame'),
  equivalent(
    /^KVM(,| on TDX Connect)/,
    /^set-shared, each secure EPT .*(drop kvm\.wait-flush|swap kvm\.(request-flush ↔ kvm\.wait|wait-flush ↔ tdh))/,
    'the module refuses the removal until every vCPU has left the epoch, and KVM repeats it',
    'tdx.page-remove/needs-tracking',
  ),
  equivalent(
    /^KVM(?! on SEV)/,
    /^discard-private(, each secure EPT entry of call: |: (drop (lock\.acquire|each secure)|swap .*(each secure|mmu)))/,
    'the attribute call has emptied the secure EPT of the range, so that the discard finds nothing to remove',
    'kvm.guest-memfd/punch-order',
  ),
]

/** The deletion of a memory slot. On pKVM slots stay, and on TDX Connect a guest has to release its pages first. */
const slots: readonly EquivalentMutants[] = [
  equivalent(
    /^KVM with slots/,
    /^delete-slot: (drop lock\.acquire mmu|swap (lock\.acquire mmu|lock\.rel|(each secure|kvm\.wait).* ↔ lock))/,
    'no fault begins in a slot that is marked, and those that had begun are over: the lock keeps none away',
    'kvm.memslots/waits-for-faults',
  ),
  equivalent(
    /^KVM with slots/,
    /^delete-slot: swap kvm\.(wait-flush|zap-shared) ↔ each secure EPT entry of call/,
    'the shared side and the private one are dropped and flushed apart, and both before the slot is freed',
    'kvm.memslots/zap-then-flush',
  ),
  equivalent(
    /^KVM with slots, /,
    /^delete-slot, each secure EPT .*(drop kvm\.wait-flush|swap kvm\.(request-flush ↔ kvm\.wait|wait-flush ↔ tdh))/,
    'the module refuses the removal until every vCPU has left the epoch, and KVM repeats it',
    'tdx.page-remove/needs-tracking',
  ),
  equivalent(
    /^KVM with slots on RISC-V CoVE/,
    /^delete-slot, each secure .*(drop kvm\.wait-flush|swap (kvm\.wait-flush ↔|.* ↔ kvm\.(request|wait)-flush))/,
    'the TSM refuses the removal until every vCPU has left since the fence began, and the host repeats it',
    'riscv.cove/remove-fenced',
  ),
  equivalent(
    /^KVM with slots on RISC-V CoVE/,
    /^delete-slot, each secure EPT entry of call: swap cove\.iofence ↔ cove\.tvm-fence/,
    'the fence of the IOMMU and that of vCPUs are apart, and both over before the page is reclaimed',
  ),
  equivalent(
    /^KVM with slots on Arm CCA/,
    /^delete-slot, .*(drop|swap) when in a block entry that the range cuts/,
    'a slot begins and ends where a block may, so that none is cut',
    'kvm.memslots/guest-memfd-immutable',
  ),
  equivalent(
    /^KVM with slots on SEV-SNP/,
    /^delete-slot(: (drop|swap)|,(?!.*(drop iommufd\.flush|swap iommufd\.unmap))) each page of trusted/,
    'a slot that goes frees no page: what is private is of the guest still, and its devices may keep it',
    'kvm.memslots/no-dma',
  ),
]

const onSnp: readonly EquivalentMutants[] = [
  equivalent(
    /^KVM on SEV-SNP, separate/,
    /^set-shared(, each secure EPT entry of call|: (drop kvm\.invalidate-begin|swap (each|kvm\.set-attributes)))/,
    'the discard that follows zaps the pages once more; a fault whose frame was made shared meanwhile installs nothing',
    'snp.kvm/zap-before-punch',
  ),
  equivalent(
    /^KVM on SEV-SNP, separate/,
    /^discard-private(, each secure EPT entry of call: |: (drop (lock\.acquire|each .*EPT entry of call$)|swap .*mmu))/,
    'the attribute call has zapped the pages of the range, so that none is mapped',
    'snp.kvm/zap-before-punch',
  ),
  equivalent(
    /^KVM on SEV-SNP, separate/,
    /^discard-private, .*(drop|swap) when in an RMP entry of a superpage/,
    'the attribute call has split the entry, and none of a superpage comes while a page of it is shared',
    'snp.kvm/smash-before-part',
  ),
  equivalent(
    /^KVM on SEV-SNP, separate/,
    /^discard-private, .*swap when still assigned in the RMP .* ↔ snp\.clflush/,
    'a frame that is given up is used by nothing, flushed or not',
    'snp.kvm/failed-is-leaked',
  ),
  equivalent(
    /^KVM on SEV-SNP, separate/,
    /^set-shared(: drop each page of trusted|, each page of trusted devices of call: drop iommufd\.unmap-private)/,
    'the discard that follows unmaps the pages for trusted devices and waits for the units before it frees them',
    'snp.kvm/zap-before-punch',
  ),
  equivalent(
    /^KVM on SEV-SNP, separate/,
    /^discard-private(: drop|,) each page of trusted devices of call/,
    'the attribute call has unmapped the pages for trusted devices, and a shared page is mapped for none',
    'snp.kvm/zap-before-punch',
  ),
  equivalent(
    /^KVM on SEV-SNP/,
    /^set-shared, each page of trusted .*swap iommufd\.await-private ↔ iommufd\.flush-private \(2\)/,
    'two units are flushed apart, and both before the pages are handed on',
  ),
  equivalent(
    /^KVM on SEV-SNP/,
    /^set-private: drop each page to trust of call/,
    'a trusted device is blocked at a page that nothing maps for it, and no property asks that it gets through',
  ),
  equivalent(
    /^KVM on SEV-SNP, in-place/,
    /^discard-private(?!: drop lock\.release)/,
    'the attribute call has made the pages of the range shared, so that the discard finds none that is assigned',
    'kvm.in-place/same-frame',
  ),
]

const onCove: readonly EquivalentMutants[] = [
  equivalent(
    /^KVM on RISC-V CoVE/,
    /^set-shared, each secure EPT .*(drop kvm\.wait-flush|swap (kvm\.wait-flush ↔|.* ↔ kvm\.(request|wait)-flush))/,
    'the TSM refuses the removal until every vCPU has left since the fence began, and the host repeats it',
    'riscv.cove/remove-fenced',
  ),
  equivalent(
    /^KVM on RISC-V CoVE/,
    /^set-shared, each secure EPT entry of call: swap cove\.iofence ↔ cove\.tvm-fence/,
    'the fence of the IOMMU and that of vCPUs are apart, and both over before the page is reclaimed',
  ),
]

const onPkvm: readonly EquivalentMutants[] = [
  equivalent(
    /^KVM on pKVM/,
    /^set-(private|shared): (drop (lock\.acquire mmu|kvm\.invalidate-begin)|swap .*(mmu|kvm\.invalidate-(begin|end)))/,
    'a fault is answered by a page that the host owns still, and what the guest shares or takes back is none of these',
    'pkvm.guest/donate-needs-owned',
  ),
  equivalent(
    /^KVM on pKVM/,
    /^set-(private|shared), .*swap pkvm\.host-(un)?map ↔|↔ pkvm\.host-map/,
    'one call of the hypervisor changes the page for the host and for devices, and neither looks at the other',
  ),
  equivalent(/^KVM on pKVM/, /^undo of/, 'no step of the hypervisor fails here', 'pkvm.guest/no-failure'),
]

const onConnect: readonly EquivalentMutants[] = [
  equivalent(/^KVM on TDX Connect/, /unit [23] has an accepted entry/, 'no machine here has more than two units'),
  equivalent(
    /^KVM on TDX Connect/,
    /^(set-private|set-shared|discard-shared), .*(vcpus ↔ when unit 0|unit 0 has an accepted entry ↔ when unit 1)/,
    'what vCPUs have and what each unit has is dropped apart, and all of it before the step that follows',
  ),
  equivalent(
    /^KVM on TDX Connect/,
    /^discard-private, each secure EPT entry of call, when unit/,
    'the attribute call has emptied the secure EPT of the range, so that the discard finds nothing to remove',
    'kvm.guest-memfd/punch-order',
  ),
  equivalent(
    /^KVM on TDX Connect/,
    /^set-private: swap kvm\.wait-flush ↔ when a trusted/,
    'vCPUs and units are flushed apart, and both before the attribute is stored',
  ),
  equivalent(
    /^KVM on TDX Connect/,
    /^set-private, .*(drop lock\.acquire mmu|swap lock\.acquire mmu ↔|(track|vcpus) ↔ lock\.release)/,
    'the lock keeps faults away, and one of a page whose attribute changes is turned away by the invalidation',
    'kvm.fault/retry-in-progress',
  ),
  equivalent(
    /^KVM on TDX Connect, separate/,
    /^set-private: (drop|swap|swap .* ↔) when a trusted/,
    'the discard that follows drops what units have of the shared half once more, before it frees the page',
    'kvm.host-memory/notifier-before-free',
  ),
  equivalent(
    /^KVM on TDX Connect, separate/,
    /^discard-shared, .*: drop (when a trusted device|kvm\.kick-vcpus)/,
    'the attribute call has dropped what units have of the shared side of the range',
    'kvm.attributes/zap-old-side',
  ),
]

export const kvmPlans: readonly EquivalentMutants[] = [
  ...everywhere,
  ...slots,
  ...onSnp,
  ...onCove,
  ...onConnect,
  ...onPkvm,
]
