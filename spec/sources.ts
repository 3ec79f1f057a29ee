/** Where rules come from. A source without a revision is no source. */
export interface Source {
  readonly name: string
  readonly revision: string
}

export const linux72 = { name: 'Linux', revision: '7.2.13' } as const satisfies Source
export const linux612 = { name: 'Linux', revision: '6.12.117' } as const satisfies Source
export const hugepagesPatch = {
  name: 'kvm, "KVM: x86/mmu: Prevent installing hugepages when mem attributes are changing"',
  revision: 'v2, 2025-04-30, applied as 9129633d568e',
} as const satisfies Source
export const qemu102 = { name: 'QEMU', revision: '10.2.2' } as const satisfies Source
export const qemuMaster = { name: 'QEMU', revision: '06b40d250ecf' } as const satisfies Source
export const nvidiaQemu = {
  name: 'NVIDIA/QEMU',
  revision: 'a031cec5ad6b; system/ at 164b38dd175d',
} as const satisfies Source
export const qemuRegionsPatch = {
  name: 'qemu-devel, "accel/kvm: Fix kvm_convert_memory calls crossing memory regions"',
  revision: '2025-09-18',
} as const satisfies Source
export const qemu72 = { name: 'QEMU', revision: '7.2.22' } as const satisfies Source
/** What both branches have in common is stored once, at the commit of the other branch. */
export const tdxModule15 = {
  name: 'intel/tdx-module',
  revision: 'branch tdx_1.5: 1.5.34 (9fd3c8b1d52b, released 2026-08-12), and 1.5.01 (72d8cffb214b)',
} as const satisfies Source
/** The newest of branch tdx_2.0 that could be read: 2.0.20 of 2026-11-12 could not. */
export const tdxModule20 = {
  name: 'intel/tdx-module, with TDX Connect',
  revision: 'branch tdx_2.0: 2.0.18 (e69a4391305e, 2026-02-11); tdxio files it left alone at 6e66b9d2070a (2.0.16)',
} as const satisfies Source
export const xen = { name: 'Xen', revision: 'HEAD after 3eb5c23542 (July 2022)' } as const satisfies Source
export const thread2021 = {
  name: 'LKML, "[RFC] KVM: mm: fd-based approach for supporting KVM guest private memory"',
  revision: '2021-09-02',
} as const satisfies Source
export const thread2026 = {
  name: 'LKML, "iommufd: Allow mapping from KVM\'s guest_memfd"',
  revision: '2026-02',
} as const satisfies Source
export const thread2025 = {
  name: 'LKML, "KVM: guest_memfd: Introduce KVM_GMEM_CONVERT_SHARED/PRIVATE ioctls"',
  revision: '2025-07-21',
} as const satisfies Source
export const inPlaceSeries = {
  name: 'LKML, "guest_memfd: in-place conversion"',
  revision: 'v7, 2026-05-22',
} as const satisfies Source
export const inPlaceSeriesV8 = {
  name: 'LKML, "guest_memfd: in-place conversion"',
  revision: 'v8, 2026-06-19',
} as const satisfies Source
/** The copy tells no version: it drains as v8 does, and has no content modes. Of v13 (2026-09-10) nothing was read. */
export const inPlaceCopy = {
  name: 'gwshan/linux, virt/kvm/guest_memfd.c, a copy of the in-place series (draft)',
  revision: '1ee88bc9276a, 2026, v8 or later by its content',
} as const satisfies Source
export const pcieBase = {
  name: 'PCI Express Base Specification',
  revision: '6.2, version 1.0, 2024-01-25',
} as const satisfies Source
export const riscvIommu = { name: 'RISC-V IOMMU', revision: '14fd391692c9, 2026-08-02' } as const satisfies Source
export const riscvSmmtt = {
  name: 'RISC-V Supervisor Domains Access Protection (riscv-smmtt), a draft',
  revision: '017f696bcc9b, 2026-08-19',
} as const satisfies Source
export const riscvCove = {
  name: 'RISC-V Confidential VM Extension (riscv-ap-tee), a draft',
  revision: 'c71310c7e0b7, 2025-12-17',
} as const satisfies Source
export const coveIo = {
  name: 'RISC-V CoVE-IO (riscv-ap-tee-io), a draft that quotes TDISP',
  revision: 'a361d4ad1374, 2026-04-27',
} as const satisfies Source
export const linuxTsm = {
  name: 'Linux, Documentation/driver-api/pci/tsm.rst, on TDISP of PCIe 7.0, chapter 11',
  revision: '592be8a37ec8, of the devsec/tsm tree (draft)',
} as const satisfies Source
/** The copies that could be read tell no commit: they name a TDI by the 64-bit `tdi_id` of the firmware. */
export const sevTioGuest = {
  name: 'drivers/virt/coco/sev-guest/sev_guest_tio.c of the series for SEV-TIO guests (draft)',
  revision: 'after phase 2 of 2026-02-25, by its content',
} as const satisfies Source
export const sevTioSeries = {
  name: 'LKML, "Secure VFIO, TDISP, SEV TIO" (draft)',
  revision: 'v1, 2024-08-23, and its replies',
} as const satisfies Source
export const xeonE7v2 = {
  name: 'Intel Xeon Processor E7-2800/4800/8800 v2 Product Family Datasheet, Volume Two',
  revision: 'February 2014',
} as const satisfies Source
export const amdsevIssue109 = { name: 'AMDESE/AMDSEV, issue #109', revision: '2023' } as const satisfies Source
export const amdsevIssue143 = { name: 'AMDESE/AMDSEV, issue #143', revision: '2023' } as const satisfies Source
export const mapPagesThread = {
  name: 'linux-riscv, "iommupt: Add map_pages op", v8',
  revision: 'January and February 2026',
} as const satisfies Source
export const msvcRmpupdate = {
  name: 'Microsoft C++ documentation, __rmpupdate',
  revision: 'MSVC 19.52.3683',
} as const satisfies Source
export const pageReleaseSeries = {
  name: 'LKML, "Support virtio-mem memory hotplug in TDX guests", RFC',
  revision: 'v1, 2026-06-04',
} as const satisfies Source
export const pageReleaseSeriesV2 = {
  name: 'LKML, "Support memory hotplug/unplug for TDX CoCo guests", RFC',
  revision: 'v2 of the same, 2026-06-23',
} as const satisfies Source
export const cloudHypervisorIssue1884 = {
  name: 'Cloud Hypervisor, issue #1884',
  revision: '2021',
} as const satisfies Source
export const chipset4Series = {
  name: 'Intel 4 Series Chipset Family Datasheet',
  revision: '319970-007',
} as const satisfies Source
export const core14Gen = {
  name: '14th Generation Intel Core Processors, CFG and MEM registers',
  revision: 'edc.intel.com, read 2026-11-28',
} as const satisfies Source
export const acrn = { name: 'ACRN', revision: 'd61d98cf800e, 2025-09-05' } as const satisfies Source
export const crosvm = { name: 'crosvm', revision: '04e36b573d68' } as const satisfies Source
export const openvmm = { name: 'OpenVMM', revision: 'pull request 3970 (July 2026)' } as const satisfies Source
export const openvmmRelease = { name: 'OpenVMM', revision: 'pull request 3748 (June 2026)' } as const satisfies Source
export const cloudHypervisor = { name: 'Cloud Hypervisor', revision: '49259bb84f52' } as const satisfies Source
export const cloudHypervisorIssue = {
  name: 'Cloud Hypervisor, issue 7328 and pull request 7329',
  revision: '2025-09-08',
} as const satisfies Source
export const ownershipPatent = {
  name: 'US patent 11360910, memory ownership bits of trust domains',
  revision: '2022-06-14',
} as const satisfies Source
export const core2Gen = {
  name: '2nd Generation Intel Core Processor Family Desktop Datasheet, Volume 2',
  revision: 'January 2011',
} as const satisfies Source
export const core12Gen = {
  name: '12th Generation Intel Core Processor Datasheet, Volume 2 of 2',
  revision: '767626, 2023-07-13',
} as const satisfies Source
export const coreUltra200V = {
  name: 'Intel Core Ultra 200V Series Processors SOC I/O Registers',
  revision: '831520-001, 2024-09-03',
} as const satisfies Source
export const tfRmm = { name: 'TF-RMM/tf-rmm', revision: '9a7f8ef46378, 2026-07-22' } as const satisfies Source
/** The text of the specification as one could read it: a transcription of the PDF in Markdown. */
export const rmm10 = {
  name: 'Arm Realm Management Monitor specification, DEN0137',
  revision: '1.0-rel0, in the transcription wuyongzheng/arm-md-specs a5969bfa023f (2026-02-21)',
} as const satisfies Source
export const linuxCca = {
  name: 'gwshan/linux, the KVM series for Arm CCA (draft, RMM 2.0-bet1)',
  revision: '0242b60a8f65, 2026',
} as const satisfies Source
export const ccaSeriesV12 = {
  name: 'LKML, "arm64: Support for Arm CCA in KVM" (draft)',
  revision: 'v12, 2025-12-17',
} as const satisfies Source
export const ccaSeriesV14 = {
  name: 'LKML, "arm64: Support for Arm CCA in KVM" (draft)',
  revision: 'v14, 2026-05-13, and its replies',
} as const satisfies Source
export const ccaGpfReport = {
  name: 'kvm list, reply to "arm64: RME: Handle Granule Protection Faults (GPFs)"',
  revision: 'v5 04/43, 2024-10-24',
} as const satisfies Source
export const linuxRsi = {
  name: 'Linux, the guest side of Arm CCA',
  revision: '165160265e4b (rsi.c), 371589437616 (rsi.h)',
} as const satisfies Source
export const linuxCcaDma = {
  name: 'LKML, "arm64: realm: Fix DMA address for devices"',
  revision: 'v3, 2025-02-27',
} as const satisfies Source
export const smmuRme = {
  name: 'Arm SMMUv3 architecture specification, IHI 0070, chapter 3.25',
  revision: 'a public transcription of an edition with RME (G or later), read 2026-11-29',
} as const satisfies Source
export const pkvmSeriesV4 = {
  name: 'LKML, "KVM: arm64: SMMUv3 driver for pKVM (trap and emulate)" (draft)',
  revision: 'v4, 2025-08-19',
} as const satisfies Source
/** The copy that could be read tells no commit: it uses `hyp_clock_ns()`, which v6 adds and v7 leaves out. */
export const pkvmSmmuDriver = {
  name: 'drivers/iommu/arm/arm-smmu-v3/pkvm/arm-smmu-v3.c of the same series (draft)',
  revision: 'v6, 2026-05-01, by its content',
} as const satisfies Source
export const androidPkvm = {
  name: 'boram1288/pkvm-linux, a tree on the Android common kernel, arch/arm64/kvm/hyp/nvhe/',
  revision: '0140be8f95e6 (mem_protect.c), 9f57ce1ea77e (iommu/iommu.c)',
} as const satisfies Source
export const androidCommon = {
  name: 'Android common kernel',
  revision: '03dea177b592 (pkvm.c), a47e0e78ad5b (pkvm/arm-smmu-v3.c)',
} as const satisfies Source
export const pkvmIa = {
  name: 'intel-staging/pKVM-IA, issues: pKVM on x86, with the same count of DMA mappings',
  revision: 'read 2026-11-29',
} as const satisfies Source
export const smmuSpec = {
  name: 'Arm SMMUv3 architecture specification, IHI 0070, sections 3.9, 4.4, 4.7, 5.2 and 6.3.9',
  revision: 'a public transcription of an edition with RME (G or later), read 2026-11-29',
} as const satisfies Source
