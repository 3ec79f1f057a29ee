import type { PresetName } from '../../../model/machine/platform.js'
import type { LinuxIommu } from '../../protocol/setting.js'

/** What building a kernel for a processor takes, and what a guest of it is made of. */
export interface Processor {
  /** Debian's packages beside those that every build needs. */
  readonly packages: readonly string[]
  readonly compiler: string
  /** Words of every `make`. */
  readonly make: readonly string[]
  /** What is built, and where in the build folder it is. */
  readonly target: string
  readonly image: string
  /** The folder of a tree with the objects: every path in them is relative, so that the tree can be copied. */
  readonly buildFolder: string
  readonly qemu: string
  /** The machine's serial line. */
  readonly console: string
}

export const processors = {
  x86: {
    packages: ['qemu-system-x86', 'gcc', 'libc6-dev'],
    compiler: 'gcc',
    make: [],
    target: 'vmlinux',
    image: 'vmlinux',
    buildFolder: 'build',
    qemu: 'qemu-system-x86_64',
    console: 'ttyS0',
  },
  arm64: {
    packages: ['qemu-system-arm', 'gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross'],
    compiler: 'aarch64-linux-gnu-gcc',
    make: ['ARCH=arm64', 'CROSS_COMPILE=aarch64-linux-gnu-'],
    target: 'Image',
    image: 'arch/arm64/boot/Image',
    buildFolder: 'build-arm64',
    qemu: 'qemu-system-aarch64',
    console: 'ttyAMA0',
  },
} as const satisfies Readonly<Record<string, Processor>>

export type ProcessorName = keyof typeof processors

/** A unit of QEMU that translates the DMA of a guest. */
export interface EmulatedIommu {
  readonly processor: ProcessorName
  /** QEMU's words for a machine that has it. */
  readonly machine: readonly string[]
  /** What of a kernel's preset is otherwise where this unit translates, and its driver in Linux fills the tables. */
  readonly platform: string
  /** The same of one kernel alone. */
  readonly platformOn?: Readonly<Partial<Record<PresetName, string>>>
  /** What the kernel's command line says besides where page tables are asked. */
  readonly tableWords?: string
  /** Whether the agent sees that there was a fault. */
  readonly tellsFaults: boolean
}

export const emulatedIommus: Readonly<Record<LinuxIommu, EmulatedIommu>> = {
  /** It keeps silent about what a cached entry forbids. */
  'vt-d': {
    processor: 'x86',
    machine: ['-machine', 'q35', '-device', 'intel-iommu,intremap=on'],
    platform: 'faultAfterRead=suppressed psiMatch=containment',
    tellsFaults: true,
  },
  /**
   * Each right has a bit of its own in an entry (iommu_v1_map_pages() of 6.12). The agent tells no faults there. Leaves
   * may have the size of any power of two; the kernel's own option limits them to those that the model has.
   */
  'amd-vi': {
    processor: 'x86',
    machine: ['-machine', 'q35', '-device', 'amd-iommu,intremap=on'],
    platform: 'writeImpliesRead=false cachingMode=true emptyTable=flush-then-free psiMatch=containment',
    platformOn: { 'linux-6.12': 'mapOverLeaf=replace-all unmapAtHole=count-empty partialUnmap=whole' },
    tableWords: 'amd_iommu=v2_pgsizes_only',
    tellsFaults: false,
  },
  /**
   * An entry of stage 1 has a bit that takes the right to write away, and none for reading (arm_lpae_prot_to_pte()).
   * A version of the interrupt controller that isolates messages: without it VFIO refuses. Linux 6.12 splits a block of
   * which a part is unmapped, and 7.2 refuses to.
   */
  smmuv3: {
    processor: 'arm64',
    machine: ['-machine', 'virt,iommu=smmuv3,gic-version=3', '-cpu', 'cortex-a57'],
    platform:
      'writeImpliesRead=true mapOverLeaf=replace-table unmapAtHole=stop-by-size emptyTable=flush-then-free ' +
      'psiMatch=containment faultWithoutDomain=unrecorded',
    platformOn: { 'linux-6.12': 'partialUnmap=split', 'linux-7.2': 'partialUnmap=refuse' },
    tellsFaults: true,
  },
}
