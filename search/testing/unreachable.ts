/** Refusals that no built-in plan meets, since plans call in the right order; a test forces each. */
interface Unmet {
  readonly kind: string
  readonly rules: readonly string[]
  readonly why: string
}

/** Rows that no plan takes while a search counts; most are for callers who take a step alone. */
export const unreachableRows = [
  {
    kind: 'tdh.mem.page.aug',
    why: 'KVM makes this call inside of a private fault, which is one row: kvm.fault-install',
  },
  { kind: 'iommu.submit-global', why: 'no plan boots a unit; litmus tests do' },
  { kind: 'iommu.split-entry', why: 'no design unmaps a part of a mapping; the driver page-table does' },
  { kind: 'iommu.set-root', why: 'no plan boots a unit; litmus tests do' },
  { kind: 'shmem.seal', why: 'a VMM seals its file at boot, before a search counts' },
  { kind: 'rmi.rtt-fold', why: 'KVM folds a table after an unmap in its range, of which no whole superpage is left' },
  ...(
    [
      'tdh.dmar.add-entry',
      'tdg.dmar.accept-entry',
      'tdh.dmar.block-entry',
      'tdh.dmar.remove-entry',
      'tdh.iq.inv.request-entry',
    ] as const
  ).map((kind) => ({ kind, why: 'trusted devices are there from the start, and stay; litmus tests take them away' })),
  {
    kind: 'tdh.mem.shared-sept-wr',
    why: 'the shared half is there from the start, and stays; litmus tests take it away',
  },
] as const

export const unreachableErrors: readonly Unmet[] = [
  {
    kind: 'tdh.mem.page.aug',
    rules: ['tdx.page-aug/entry-free', 'tdx.pamt/needs-nda', 'tdx.secure-ept/operand-busy'],
    why: 'no plan takes the row',
  },
  {
    kind: 'tdh.mem.range.block',
    rules: ['tdx.range-block/already-blocked', 'tdx.range-block/wrong-state'],
    why: 'KVM blocks each mapped page once',
  },
  { kind: 'tdh.mem.track', rules: ['tdx.track/previous-epoch-busy'], why: 'KVM kicks every vCPU out after each TRACK' },
  {
    kind: 'tdh.mem.track',
    rules: ['tdx.track/iotlb-busy'],
    why: 'KVM is stuck at the page before it comes to a TRACK',
  },
  {
    kind: 'tdh.iq.inv.request',
    rules: ['tdx.iq-request/not-required', 'tdx.iq-request/under-way'],
    why: 'KVM asks each unit once behind a TRACK',
  },
  { kind: 'tdh.mem.shared-sept-wr', rules: ['tdx.secure-ept/operand-busy'], why: 'no plan takes the row' },
  ...[
    { kind: 'tdh.dmar.add-entry', rules: ['tdx.dmar/add-from-free', 'tdx.iq-request/operand-busy'] },
    { kind: 'tdg.dmar.accept-entry', rules: ['tdx.dmar/accept-state', 'tdx.dmar/accept-locked'] },
    { kind: 'tdh.dmar.block-entry', rules: ['tdx.dmar/block-states', 'tdx.iq-request/operand-busy'] },
    {
      kind: 'tdh.dmar.remove-entry',
      rules: [
        'tdx.dmar/remove-blocked',
        'tdx.dmar/remove-invalidated',
        'tdx.dmar/remove-tracked',
        'tdx.iq-request/operand-busy',
      ],
    },
    {
      kind: 'tdh.iq.inv.request-entry',
      rules: ['tdx.iq-request/entry-blocked', 'tdx.iq-request/entry-pending', 'tdx.iq-request/operand-busy'],
    },
  ].map((unmet) => ({ ...unmet, why: 'no plan takes the row' })),
  {
    kind: 'tdh.mem.page.remove',
    rules: ['tdx.page-remove/entry-state', 'tdx.page-remove/needs-block', 'tdx.page-remove/needs-tracking'],
    why: 'KVM removes a page only after it has blocked and tracked it',
  },
  { kind: 'tdh.phymem.page.wbinvd', rules: ['tdx.wbinvd/needs-nda'], why: 'KVM flushes a page only after its removal' },
  {
    kind: 'cove.tvm-invalidate-pages',
    rules: ['riscv.cove/invalidate-present'],
    why: 'the host invalidates each mapped page once',
  },
  {
    kind: 'cove.tvm-fence',
    rules: ['riscv.cove/fence-in-progress'],
    why: 'the host holds mmu_lock from a fence until it is complete',
  },
  {
    kind: 'cove.tvm-remove-pages',
    rules: ['riscv.cove/remove-invalidated'],
    why: 'the host removes a page only after it has invalidated it',
  },
  {
    kind: 'cove.reclaim-pages',
    rules: ['riscv.cove/reclaim-unassigned'],
    why: 'the host reclaims a page only after its removal',
  },
  {
    kind: 'pkvm.host-unmap',
    rules: ['pkvm.guest/unshare-needs-shared'],
    why: 'plans ask for pages that the guest shares',
  },
  {
    kind: 'pkvm.host-map',
    rules: ['pkvm.guest/share-needs-unshared'],
    why: 'plans ask for pages that the guest does not share',
  },
  { kind: 'pkvm.donate', rules: ['pkvm.guest/donate-needs-owned'], why: 'plans ask for pages that the host owns' },
  { kind: 'rmi.rtt-data-unmap', rules: ['cca.rtt/unmap-needs-level'], why: 'KVM has a table made first' },
  { kind: 'rmi.rtt-fold', rules: ['cca.rtt/fold-needs-same'], why: 'no plan takes the row' },
  { kind: 'mm.pin-page', rules: ['kvm.host-memory/gup-needs-hva'], why: 'no design maps what it has punched out' },
  {
    kind: 'iommufd.pin-page',
    rules: ['kvm.host-memory/gup-needs-hva'],
    why: 'no design maps what it has punched out',
  },
  { kind: 'iommu.split-entry', rules: ['smmuv3.tables/part-splits-6-12'], why: 'no plan takes the row' },
  {
    kind: 'iommu.allocate-table',
    rules: ['vfio.map/driver-error'],
    why: 'a region has two table pages, and two mappers',
  },
  {
    kind: 'iommu.write-entry',
    rules: ['vtd.superpage/map-over-leaf-7-2', 'smmuv3.tables/map-over', 'vfio.map/driver-error'],
    why: 'the mapping accounts refuse an overlap first, and a region has two table pages',
  },
]
