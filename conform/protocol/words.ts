import type { capabilityNames, LimitName, Observation } from './messages.js'

/** What each interface is, and `kvm` beside one, in a sentence. */
export const capabilitySays: Readonly<Record<(typeof capabilityNames)[number], string>> = {
  type1: 'VFIO type1, version 1: an unmap takes whole mappings, or none.',
  type1v2: 'VFIO type1, version 2: an unmap may not cut a mapping.',
  iommufd: "iommufd's own calls, which map by host virtual address.",
  'iommufd-file': "iommufd's own calls, which map by file descriptor and offset.",
  'iommufd-replace': "iommufd's own calls over a driver that builds a second domain and switches the devices to it.",
  compat: 'The VFIO type1 calls as iommufd emulates them.',
  'page-table': "The IOMMU's tables with nothing above them, as iommu_map() and iommu_unmap() are.",
  sept: "The TDX module's secure EPT, by its SEAMCALLs, without a container.",
  kvm: "KVM's memory attributes and discards, beside an interface of the container.",
}

/** What each limit of a reset is. */
export const limitSays: Readonly<Record<LimitName, string>> = {
  entries: 'The mapping limit of type1 (dma_entry_limit).',
  memlock: 'RLIMIT_MEMLOCK, in pages.',
}

/** What a target says that it observes, and then always replies. */
export const observationSays: Readonly<Record<Observation, string>> = {
  result: 'Whether a DMA was done or blocked.',
  data: 'What a DMA, or an access of the host or of the guest, has read.',
  fault: 'Whether the IOMMU recorded a fault for a DMA.',
  unmapped: 'How many pages an unmap has taken away.',
  pins: 'How many pages are pinned after a call, over what it was after the reset.',
  mappings: 'How many mappings the container has.',
  entries: 'How many entries of the mapping limit are in use.',
  pinned: 'How many pages mappings pin.',
  locked: 'How many pages count against RLIMIT_MEMLOCK, over what it was after the reset.',
  tables: 'How many frames of translation tables are left when all is closed.',
  stray: 'How many writes to free memory were noticed since the reset.',
  faults: 'Whether the IOMMU recorded a fault since the last look.',
  memory: 'How many frames are behind the shared backing, with those that were punched while pinned.',
  when: 'When a DMA took place that was armed before a call: before the call, during it, or after it.',
  entry: 'The state of an entry of the secure EPT.',
  type: 'The type of a frame, as the TDX module has it.',
}
