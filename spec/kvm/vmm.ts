import type { Rule } from '../rule.js'
import {
  cloudHypervisor,
  cloudHypervisorIssue,
  cloudHypervisorIssue1884,
  crosvm,
  nvidiaQemu,
  openvmm,
  qemu102,
  qemuMaster,
  qemuRegionsPatch,
} from '../sources.js'

export const qemuOrder = {
  id: 'kvm.vmm/qemu-order',
  statement: 'QEMU converts by attributes, then DMA map or unmap, then discard of the backing left.',
  force: 'must',
  source: qemu102,
  at: 'accel/kvm/kvm-all.c, kvm_convert_memory()',
} as const satisfies Rule

export const qemuAttributesFail = {
  id: 'kvm.vmm/qemu-attributes-fail',
  statement: 'If the attributes cannot be set QEMU stops there; DMA and backing stay as they were.',
  force: 'must',
  source: qemu102,
  at: 'accel/kvm/kvm-all.c, kvm_convert_memory()',
} as const satisfies Rule

export const qemuNoRollback = {
  id: 'kvm.vmm/qemu-no-rollback',
  statement: 'If a later step fails QEMU does not set the attributes back.',
  force: 'must',
  source: qemu102,
  at: 'accel/kvm/kvm-all.c, kvm_convert_memory()',
} as const satisfies Rule

export const qemuNoLock = {
  id: 'kvm.vmm/qemu-no-lock',
  statement: 'QEMU holds no lock of its own over the steps of a conversion.',
  force: 'must',
  source: qemu102,
  at: 'accel/kvm/kvm-all.c, kvm_convert_memory()',
} as const satisfies Rule

export const qemuHugetlbKept = {
  id: 'kvm.vmm/qemu-hugetlb-kept',
  statement: 'QEMU does not discard shared memory backed by hugetlb; a private page then keeps both backings.',
  force: 'must',
  source: qemu102,
  at: 'accel/kvm/kvm-all.c, kvm_convert_memory()',
} as const satisfies Rule

export const qemuBitmapFirst = {
  id: 'kvm.vmm/qemu-bitmap',
  statement: 'QEMU notes the new state in its bitmap before it maps or unmaps DMA, and keeps it if that fails.',
  force: 'must',
  source: qemu102,
  at: 'system/ram-block-attributes.c, ram_block_attributes_state_change()',
} as const satisfies Rule

export const qemuMapsShared = {
  id: 'kvm.vmm/maps-shared',
  statement:
    'A VMM keeps mapped for DMA what it has as shared: QEMU maps a page that becomes shared, and unmaps only one ' +
    'that becomes private. No architecture is told apart there.',
  force: 'must',
  source: qemu102,
  at:
    'system/ram-block-attributes.c, ram_block_attributes_state_change(); hw/vfio/listener.c, ' +
    'vfio_ram_discard_notify_populate(), vfio_ram_discard_notify_discard()',
} as const satisfies Rule

export const qemuSameStateSkipped = {
  id: 'kvm.vmm/qemu-same-state',
  statement: 'QEMU leaves DMA alone for pages that its bitmap has in the wanted state already.',
  force: 'must',
  source: qemu102,
  at: 'system/ram-block-attributes.c, ram_block_attributes_state_change()',
} as const satisfies Rule

export const qemuUnmapFailurePrinted = {
  id: 'kvm.vmm/qemu-unmap-printed',
  statement: 'A failing DMA unmap is printed and otherwise ignored: the conversion continues.',
  force: 'must',
  source: qemu102,
  at: 'hw/vfio/listener.c, vfio_ram_discard_notify_discard()',
} as const satisfies Rule

export const qemuMapFailureUndone = {
  id: 'kvm.vmm/qemu-map-undone',
  statement: 'QEMU maps granule by granule; if one fails, one call unmaps the section and the error is returned.',
  force: 'must',
  source: qemu102,
  at: 'hw/vfio/listener.c, vfio_ram_discard_notify_populate()',
} as const satisfies Rule

export const qemuGranule = {
  id: 'kvm.vmm/qemu-granule',
  statement: 'QEMU maps shared memory of a confidential guest in granules of the host page size.',
  force: 'must',
  source: qemu102,
  at: 'system/ram-block-attributes.c, ram_block_attributes_get_block_size()',
} as const satisfies Rule

export const qemuMappingBudget = {
  id: 'kvm.vmm/qemu-budget',
  statement:
    'QEMU refuses a set-up whose granules and slots could pass the DMA mapping limit, after the first population.',
  force: 'must',
  source: qemu102,
  at: 'hw/vfio/listener.c, vfio_ram_discard_register_listener()',
} as const satisfies Rule

export const qemuStartsPrivate = {
  id: 'kvm.vmm/qemu-starts-private',
  statement: 'At start the bitmap of QEMU has no shared page, so nothing of a confidential guest is mapped for DMA.',
  force: 'must',
  source: qemu102,
  at: 'system/ram-block-attributes.c, ram_block_attributes_create()',
} as const satisfies Rule

export const qemuDiscardCoordinated = {
  id: 'kvm.vmm/qemu-discard-coordinated',
  statement: 'VFIO goes with guest_memfd only because discards tell it; until 10.1 QEMU refused the combination.',
  force: 'must',
  source: qemu102,
  at: 'system/physmem.c, ram_block_coordinated_discard_require(); history: 852f0048f3ea',
} as const satisfies Rule

export const qemuEnoentIsDone = {
  id: 'kvm.vmm/qemu-enoent-is-done',
  statement: 'QEMU takes ENOENT of an iommufd unmap for success, also where the range cuts an area that stays.',
  force: 'must',
  source: qemuMaster,
  at: 'backends/iommufd.c, iommufd_backend_unmap_dma()',
} as const satisfies Rule

export const qemuStops = {
  id: 'kvm.vmm/qemu-stops',
  statement: 'A conversion that fails in QEMU stops the VM with an internal error; the guest gets no answer.',
  force: 'must',
  source: qemu102,
  at: 'accel/kvm/kvm-all.c, kvm_cpu_exec(); text of Linux commit 3e2dec1ede0a',
} as const satisfies Rule

export const qemuOneRegion = {
  id: 'kvm.vmm/qemu-one-region',
  statement:
    'QEMU sets the attributes of the whole range, then refuses a range over two memory regions with EINVAL: its ' +
    'bitmap is of one. DMA and backing stay as they were.',
  force: 'must',
  source: nvidiaQemu,
  at: 'accel/kvm/kvm-all.c, kvm_convert_memory(); system/ram-block-attributes.c, ram_block_attributes_is_valid_range()',
} as const satisfies Rule

export const qemuRegionByRegion = {
  id: 'kvm.vmm/qemu-region-by-region',
  statement: 'A VMM may set the attributes of the whole range, and do the rest of a conversion region by region.',
  force: 'may',
  source: qemuRegionsPatch,
  at: 'kvm_convert_memory(), next_memory_region',
} as const satisfies Rule

export const qemuFirstListenerKept = {
  id: 'kvm.vmm/qemu-first-listener-kept',
  statement: 'If one of several containers refuses a mapping, those before it keep theirs.',
  force: 'must',
  source: qemu102,
  at: 'system/ram-block-attributes.c, ram_block_attributes_notify_populate()',
} as const satisfies Rule

export const qemuDiscardsAgain = {
  id: 'kvm.vmm/qemu-discards-again',
  statement: 'QEMU discards the side that is left even where attribute and bitmap had the wanted state.',
  force: 'must',
  source: qemu102,
  at: 'accel/kvm/kvm-all.c, kvm_convert_memory()',
} as const satisfies Rule

export const openvmmOrder = {
  id: 'kvm.vmm/openvmm-order',
  statement:
    'A VMM may set the attributes, then discard the stale side, and answer with an error, without undoing the first, ' +
    'if the second fails.',
  force: 'may',
  source: openvmm,
  at: 'vmm_core/virt_kvm/src/memory.rs, set_map_gpa_range_attributes()',
} as const satisfies Rule

export const cloudHypervisorMapsAll = {
  id: 'kvm.vmm/cloud-hypervisor-maps-all',
  statement: 'A VMM may map all guest memory for DMA once, change attributes alone and keep both backings.',
  force: 'may',
  source: cloudHypervisor,
  at: 'MAP_GPA_RANGE handling; VFIO container set-up',
} as const satisfies Rule

export const qemuConvertsAtFault = {
  id: 'kvm.vmm/qemu-converts-at-fault',
  statement:
    'QEMU converts the page of a memory fault to the side of the access, by the same steps as a request, and runs ' +
    'the vCPU again.',
  force: 'must',
  source: qemu102,
  at: 'accel/kvm/kvm-all.c, kvm_cpu_exec(), KVM_EXIT_MEMORY_FAULT',
} as const satisfies Rule

export const qemuSlotAfterDma = {
  id: 'kvm.vmm/qemu-slot-after-dma',
  statement:
    'QEMU unmaps the DMA of memory that goes before KVM deletes its slot, and maps that of memory that comes before ' +
    'KVM has one: VFIO acts at each region, KVM at the end of the change.',
  force: 'must',
  source: nvidiaQemu,
  at: 'accel/kvm/kvm-all.c, kvm_region_commit(); QEMU c0e80879c876 hw/vfio/listener.c, vfio_listener_region_del()',
} as const satisfies Rule

export const mapsAtFirstDevice = {
  id: 'kvm.vmm/maps-at-first-device',
  statement: 'A VMM may map guest memory for DMA when the first device comes, and never again.',
  force: 'may',
  source: cloudHypervisorIssue,
  at: 'description of pull request 7329, which fixes issue 7328',
} as const satisfies Rule

export const crosvmFixedPool = {
  id: 'kvm.vmm/crosvm-fixed-pool',
  statement: 'A VMM may fix the shared set at boot: one restricted DMA pool through which all device I/O bounces.',
  force: 'may',
  source: crosvm,
  at: 'aarch64/src/fdt.rs, create_resv_memory_node()',
} as const satisfies Rule

export const virtioMemThirdState = {
  id: 'kvm.vmm/virtio-mem-unplugged',
  statement: 'With virtio-mem a page may be unplugged, a state beside private and shared in which nothing maps it.',
  force: 'may',
  source: cloudHypervisorIssue1884,
  at: 'a map before the plug is a race',
} as const satisfies Rule
