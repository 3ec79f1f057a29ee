import type { PresetName } from '../../../model/machine/platform.js'
import { defaultGuest, type LinuxIommu, linuxIommus } from '../../protocol/setting.js'
import { hashOf } from './cache.js'
import { readData } from './data.js'
import { emulatedIommus, type ProcessorName } from './iommus.js'

/** A kernel that is built: from which source package, with which configuration, with which change. */
export interface Recipe {
  readonly name: string
  /** The model's reading of this kernel. */
  readonly preset: PresetName
  readonly processor: ProcessorName
  readonly package: string
  /** The Debian suite; `configured`: whichever of the machine's own suites has it. */
  readonly suite: 'configured' | 'sid'
  /** Fragments over `tinyconfig`, the later over the earlier. */
  readonly config: readonly string[]
  /** A planted fault. */
  readonly patch?: string
  /** Built only for those who name it. */
  readonly byName?: true
  /** A driver of ours, files of this folder, that is built in beside the IOMMU drivers. */
  readonly driver?: readonly string[]
  readonly says: string
}

/** All options of configurations: a kernel passes over those that it does not know. */
export const fragments = {
  x86: ['all.config', 'x86.config', 'x86-7.2.config'],
  arm64: ['all.config', 'arm64.config'],
} as const satisfies Readonly<Record<ProcessorName, readonly string[]>>

const linux612: Recipe = {
  name: '6.12',
  preset: 'linux-6.12',
  processor: 'x86',
  package: 'linux-source-6.12',
  suite: 'configured',
  config: ['all.config', 'x86.config'],
  says: 'Linux 6.12 with VFIO, iommufd and KVM with guest_memfd, all built in',
}

const linux72: Recipe = {
  name: '7.2',
  preset: 'linux-7.2',
  processor: 'x86',
  package: 'linux-source-7.2',
  suite: 'sid',
  config: fragments.x86,
  says: 'Linux 7.2, whose Intel page tables are the generic ones; maps by file, and maps guest_memfd',
}

/** A driver of ours, and what it shares with the agent. */
export const driverFiles = ['driver/dmaproof_pt.c', 'agent/dmaproof_pt.h'] as const

/** The same kernel with a driver through which calls reach its page tables themselves. */
const withPageTable = (plain: Recipe): Recipe => ({
  ...plain,
  name: `${plain.name}-page-table`,
  driver: driverFiles,
  says: `${plain.says}; and a driver that calls iommu_map() and iommu_unmap()`,
})

/** The same source for arm64, without KVM. */
const forArm64 = (plain: Recipe): Recipe => ({
  ...plain,
  name: `${plain.name}-arm64`,
  processor: 'arm64',
  config: fragments.arm64,
  byName: true,
  says: `Linux ${plain.name} for arm64, with VFIO and iommufd behind an SMMUv3`,
})

const planted = (fault: string, says: string, plain = linux612): Recipe => ({
  ...plain,
  name: `${plain.name}-${fault}`,
  patch: `${plain.name}-${fault}.patch`,
  says: `planted fault: ${says}`,
})

/** What measures the fixed list, and is not needed to check Linux. */
const plantedForTheList = (fault: string, says: string, plain = linux612): Recipe => ({
  ...planted(fault, says, plain),
  byName: true,
})

/** The same where the page tables themselves are asked, in a kernel with the driver. */
const plantedBelow = (plain: Recipe, fault: string, says: string): Recipe => {
  const { driver } = withPageTable(plain)
  return { ...plantedForTheList(fault, says, plain), ...(driver && { driver }) }
}

export const recipes: readonly Recipe[] = [
  linux612,
  linux72,
  withPageTable(linux612),
  withPageTable(linux72),
  forArm64(linux612),
  forArm64(linux72),
  withPageTable(forArm64(linux612)),
  withPageTable(forArm64(linux72)),
  planted('no-flush', 'the IOTLB flush after an unmap returns without flushing'),
  planted(
    'unaligned-flush',
    'a range that is not aligned to its size is flushed as if it were, as before Linux 59bf3557cf2f',
  ),
  planted(
    'wrong-cursor',
    'clearing a range continues from the page it came from and not from the entry, as before Linux 86dc40c7ea9c',
  ),
  plantedForTheList('type1-rollback-last', 'a map that fails keeps the last pin of those that it took'),
  plantedForTheList('type1-unpin-before-sync', 'an unmap unpins before it flushes the IOTLB'),
  plantedForTheList('type1-unpin-last', 'of frames in a row, an unmap does not unpin the last'),
  plantedForTheList('iommufd-unmapped-short', 'an unmap says a byte less than it removed, for each area'),
  plantedForTheList('iommufd-rollback-last', 'a map that fails leaves the last page of its batch mapped and pinned'),
  plantedForTheList('type1-fault-keeps', 'a map that comes to a page without memory keeps the pins before it'),
  plantedForTheList('iommufd-fault-keeps', 'a map that comes to a page without memory keeps the pins before it'),
  plantedForTheList('intel-flush-short', 'the IOTLB flush after an unmap ends a page too early'),
  plantedForTheList('intel-clear-last', 'of a range in one page table, the last entry is not cleared'),
  plantedForTheList('kvm-attributes-last', 'of a range, the last page does not get the attributes'),
  plantedForTheList(
    'kvm-attributes-unseen',
    'pages but the last have the attributes already, so that the last is taken to have them',
  ),
  plantedForTheList('kvm-notifier-last', 'the notifier of host memory leaves the last page in the guest'),
  plantedForTheList('gmem-punch-last', 'a hole in guest_memfd leaves its last page in the guest'),
  plantedForTheList('amd-no-flush', 'on AMD-Vi, an unmap is not followed by a flush'),
  planted('no-flush', 'on SMMUv3, an unmap is not followed by a flush', forArm64(linux612)),
  plantedForTheList('shmem-not-cleared', 'a new page of shared memory is not cleared'),
  plantedBelow(linux612, 'intel-next-table', 'where a map continues in the next table, it uses the last frame again'),
  plantedBelow(linux612, 'intel-super-no-flush', 'tables that superpages replace are freed, and nothing is flushed'),
  plantedBelow(linux612, 'intel-leave-iotlb', 'the IOTLB keeps what it has of a domain that a device leaves'),
  plantedBelow(linux612, 'intel-detach-stays', 'a device that is detached keeps its context entry'),
  plantedBelow(linux72, 'genpt-unmap-last', 'of a range in one page table, the last entry is not cleared'),
  plantedBelow(linux72, 'genpt-map-over', 'a map of several pages looks at the first of them alone for a leaf'),
  plantedBelow(linux72, 'genpt-next-table', 'where a map continues in the next table, it uses the last frame again'),
  plantedBelow(linux72, 'genpt-no-gather', 'an unmap notes what is to be flushed before it has cleared it'),
  plantedBelow(linux72, 'genpt-rollback-last', 'a map that fails leaves the last 4 KiB of what it mapped'),
  plantedBelow(linux72, 'intel-flush-first', 'the IOTLB flush of a range begins a page too late'),
  plantedBelow(linux72, 'intel-leave-iotlb', 'the IOTLB keeps what it has of a domain that a device leaves'),
  plantedBelow(linux72, 'intel-detach-stays', 'a device that is detached keeps its context entry'),
  plantedBelow(linux72, 'core-replace-keeps', 'a replacement of one domain by another leaves the device where it is'),
  plantedForTheList('type1-unpin-first', 'of frames in a row, an unmap does not unpin the first', linux72),
  plantedForTheList('type1-rollback-ahead', 'a map that fails keeps the pins that it took ahead', linux72),
  plantedForTheList(
    'iommufd-middle-run',
    'of frames in several runs, the middle ones are mapped to the run before',
    linux72,
  ),
  plantedForTheList('iommufd-unpin-first', 'an unmap unpins before it clears entries', linux72),
  plantedForTheList(
    'kvm-attributes-middle',
    'of three pages and more, the second does not get the attributes',
    linux72,
  ),
  plantedForTheList('gmem-punch-first', 'a hole in guest_memfd leaves its first page in the guest', linux72),
  plantedForTheList('shmem-punch-last', 'a hole in shared memory leaves its last page', linux72),
]

/** An image that Debian has built. */
export interface Stock {
  readonly name: string
  readonly preset: PresetName
  readonly processor: ProcessorName
  readonly package: RegExp
  /** Fetched only for those who name it. */
  readonly byName?: true
}

/** The stock kernel: Debian's image for clouds, with VFIO type1 as modules. */
export const stock: Stock = {
  name: 'stock',
  preset: 'linux-6.12',
  processor: 'x86',
  package: /^linux-image-6\.12\.[\w.+]*-cloud-amd64-unsigned$/,
}

export const stocks: readonly Stock[] = [
  stock,
  {
    ...stock,
    name: 'stock-arm64',
    processor: 'arm64',
    package: /^linux-image-6\.12\.[\w.+]*-cloud-arm64-unsigned$/,
    byName: true,
  },
]

/** Where a kernel of that name comes from. */
export const originOf = (name: string): Recipe | Stock =>
  [...stocks, ...recipes].find((known) => known.name === name) ?? stock

export const isStock = (name: string): boolean => stocks.some((known) => known.name === name)

export const kernelNames: readonly string[] = [...stocks, ...recipes].map(({ name }) => name)
/** Those that are built where none is named. */
export const defaultKernels: readonly string[] = [
  ...[...stocks, ...recipes].filter(({ byName }) => byName !== true).map(({ name }) => name),
]

/** The unit that a kernel stands behind where none is named: the first for its processor. */
export const defaultIommuOf = (name: string): LinuxIommu =>
  linuxIommus.find((iommu) => emulatedIommus[iommu].processor === originOf(name).processor) ?? defaultGuest.iommu

/** What decides which kernel a name means. */
export interface Parts {
  readonly interface: string
  readonly iommu: LinuxIommu
}

/**
 * The kernel that a name means, which may be that kernel: page tables are asked through a driver of ours, and an IOMMU
 * takes a kernel for its processor.
 */
export function withParts(name: string, { interface: on, iommu }: Parts): string {
  const { processor } = emulatedIommus[iommu]
  const own = processor === originOf(name).processor ? name : `${name}-${processor}`
  if (on !== 'page-table') return own
  if ('driver' in originOf(own)) return own
  return `${own.replace(stock.name, linux612.name)}-page-table`
}

/** The configuration over `tinyconfig`, without its comments. */
export const configOf = (recipe: Recipe): string =>
  recipe.config
    .flatMap((name) => readData('config', name).split('\n'))
    .filter((line) => line.startsWith('CONFIG_'))
    .map((line) => `${line}\n`)
    .join('')

/** The text of the patch of a recipe; empty without one. */
export const patchOf = (recipe: Recipe): string => (recipe.patch === undefined ? '' : readData('planted', recipe.patch))

/** The text of a recipe's own driver files, one after the other; empty without any. */
export const driverOf = (recipe: Recipe): string => (recipe.driver ?? []).map((path) => readData(path)).join('')

/** All that makes a kernel another than Debian's source: its configuration, its planted fault, a driver of ours. */
export const changesOf = (recipe: Recipe): readonly string[] => [
  configOf(recipe),
  patchOf(recipe),
  ...(recipe.driver === undefined ? [] : [driverOf(recipe)]),
]

/** What of a kernel does not depend on the archive: one built from another configuration or patch is another. */
export const recipeHash = (recipe: Recipe): string => hashOf([recipe.package, ...changesOf(recipe)])
