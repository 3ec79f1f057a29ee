import type {
  capabilityNames,
  entryNames,
  frameTypeNames,
  Half,
  LimitName,
  Observation,
  Reply,
  Request,
  ripasNames,
  rttEntryNames,
} from './messages.js'
import type { LinuxBacking, LinuxIommu } from './setting.js'
import type { FailureName } from './target.js'

/** What each interface is, and `kvm` beside one, in a sentence. */
export const capabilitySays: Readonly<Record<(typeof capabilityNames)[number], string>> = {
  type1: 'VFIO type1, version 1: an unmap takes whole mappings, or none.',
  type1v2: 'VFIO type1, version 2: an unmap may not cut a mapping.',
  iommufd: "iommufd's own calls, which map by host virtual address.",
  'iommufd-file': "iommufd's own calls, which map by file descriptor and offset.",
  'iommufd-replace': "iommufd's own calls over a driver that builds a second domain and switches the devices to it.",
  compat: 'The VFIO type1 calls as iommufd emulates them.',
  'page-table': "The IOMMU's tables with nothing above them, as iommu_map() and iommu_unmap() are.",
  sept: 'The secure EPT of a TDX module 1.5, by its SEAMCALLs, without a container.',
  'sept-2.0': 'The secure EPT of a TDX module 2.0 (TDX Connect), with a device that translates by it.',
  rmm: 'The RTT of an Arm CCA realm and the granules behind it, by commands of RMM 2.0 (a draft), without a container.',
  'rmm-1.0': 'The same by the commands of RMM 1.0, each of which ends before it returns.',
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
  entry: 'The state of an entry of the secure EPT, or of the RTT.',
  type: 'The type of a frame, as the TDX module has it.',
  ripas: 'What the realm has agreed that a protected page is.',
}

/** What each request asks. */
export const requestSays: Readonly<Record<Request['call'], string>> = {
  hello: 'Asks what the target offers.',
  reset: 'Asks for a fresh machine: everything from before is gone.',
  map: 'Maps a range of IOVA for DMA.',
  unmap: 'Unmaps a range of IOVA.',
  'unmap-all': 'Unmaps everything.',
  'unmap-under-dma': 'Unmaps a range while a device writes to a page of it.',
  attach: 'Attaches a device to a domain.',
  replace: 'Moves a device to another domain, with no detach in between.',
  detach: 'Detaches a device: its DMA is blocked.',
  'dma-write': 'A device writes to a page.',
  'dma-read': 'A device reads a page.',
  'dma-arm': 'Gets a write of a device ready, which takes place during other calls.',
  'dma-begin': 'Begins all writes that are armed.',
  'dma-end': 'Waits for the armed write of a device.',
  'host-write': 'The host writes to a shared page.',
  'host-read': 'The host reads a shared page.',
  'punch-hole': 'Frees pages of the shared backing.',
  'set-attributes': 'The VMM sets the attribute of pages: KVM_SET_MEMORY_ATTRIBUTES.',
  convert: 'The guest asks for pages to become private or shared: MapGPA.',
  'guest-write': 'The guest writes to a page, on the side that its attribute names.',
  'guest-read': 'The guest reads a page, on the side that its attribute names.',
  'punch-private': 'Frees pages of guest_memfd.',
  'tdh.mem.page.aug': 'TDH.MEM.PAGE.AUG: the host gives a private page of the TD a frame.',
  'tdh.mem.range.block': 'TDH.MEM.RANGE.BLOCK: the host blocks an entry of the secure EPT.',
  'tdh.mem.track': 'TDH.MEM.TRACK: the host begins an epoch of the TD.',
  'tdh.mem.page.remove': 'TDH.MEM.PAGE.REMOVE: the host takes the frame of a blocked page.',
  'tdh.phymem.page.wbinvd': 'TDH.PHYMEM.PAGE.WBINVD: the host writes back and invalidates the lines of a frame.',
  'tdh.mem.sept.rd': 'TDH.MEM.SEPT.RD: the host reads an entry of the secure EPT.',
  'tdh.phymem.page.rdmd': 'TDH.PHYMEM.PAGE.RDMD: the host reads what the TDX module has recorded of a frame.',
  'vcpu-enter': 'A vCPU enters the guest, and stays there.',
  'vcpu-exit': 'A vCPU leaves the guest.',
  'tdg.mem.page.accept': 'TDG.MEM.PAGE.ACCEPT: the guest accepts a pending page.',
  'private-write': 'The guest writes to a page by its private address.',
  'private-read': 'The guest reads a page by its private address.',
  'tdh.iq.inv.request': 'TDH.IQ.INV.REQUEST: the host has the IOMMU invalidate all that it has cached of the TD.',
  'tdh.iq.inv.process': 'TDH.IQ.INV.PROCESS: the TDX module takes account of the invalidations that are done.',
  'tdh.dmar.add-entry': 'TDH.DMAR.ADD: the host adds the PASID entry of a device.',
  'tdg.dmar.accept-entry': 'TDG.DMAR.ACCEPT: the guest accepts the entry of its device.',
  'tdh.dmar.block-entry': 'TDH.DMAR.BLOCK: the host blocks the entry of a device.',
  'tdh.iq.inv.request-entry': 'TDH.IQ.INV.REQUEST: the host has the IOMMU invalidate the blocked entry of a device.',
  'tdh.dmar.remove-entry': 'TDH.DMAR.REMOVE: the host removes the entry of a device.',
  'trusted-write': 'A device that the TD trusts writes to a page by its private address.',
  'trusted-read': 'A device that the TD trusts reads a page by its private address.',
  'rmi.granule.delegate': 'RMI_GRANULE_DELEGATE: the host hands a granule over to the RMM.',
  'rmi.granule.undelegate': 'RMI_GRANULE_UNDELEGATE: the host takes back a granule that has no use.',
  'rmi.rtt.data-map':
    'RMI_RTT_DATA_MAP, or on 1.0 RMI_DATA_CREATE_UNKNOWN: the host maps a delegated granule at a protected page.',
  'rmi.rtt.data-unmap':
    'RMI_RTT_DATA_UNMAP, or on 1.0 RMI_DATA_DESTROY: the host unmaps a protected page of the realm.',
  'rmi.op.continue': 'RMI_OP_CONTINUE: the host continues an unmap that returned RMI_INCOMPLETE.',
  'rmi.rtt.unprot-map': 'RMI_RTT_UNPROT_MAP, or on 1.0 RMI_RTT_MAP_UNPROTECTED: the host maps a granule of its own.',
  'rmi.rtt.unprot-unmap': 'RMI_RTT_UNPROT_UNMAP, or on 1.0 RMI_RTT_UNMAP_UNPROTECTED: the host unmaps it.',
  'rmi.rtt.create': 'RMI_RTT_CREATE: the host makes a delegated granule a table of the last level.',
  'rmi.rtt.destroy': 'RMI_RTT_DESTROY: the host takes a table out of the RTT, with what its entries say.',
  'rmi.rtt.fold': 'RMI_RTT_FOLD: the host replaces a table by one entry that says the same.',
  'rmi.rtt.set-ripas': 'RMI_RTT_SET_RIPAS: the host has the RMM change the RIPAS, as the realm has asked just before.',
  'rmi.rtt.read-entry': 'RMI_RTT_READ_ENTRY: the host reads the state and the RIPAS of an entry of the RTT.',
  'realm-write': 'A vCPU of the realm writes to a page, by one of its two addresses.',
  'realm-read': 'A vCPU of the realm reads a page, by one of its two addresses.',
  'granule-write': 'The host writes to a granule.',
  'granule-read': 'The host reads a granule.',
  observe: 'Asks for what the target observes, without a change.',
  close: 'Ends everything that the reset made.',
  bye: 'Ends the process.',
}

type ReplyWord =
  | NonNullable<Reply['when']>
  | NonNullable<Reply['result']>
  | (typeof entryNames)[number]
  | (typeof frameTypeNames)[number]
  | (typeof rttEntryNames)[number]
  | (typeof ripasNames)[number]

/** What words stand for that are values of a reply. */
export const replySays: Readonly<Record<ReplyWord, string>> = {
  done: 'The DMA has reached a frame.',
  before: 'The armed write took place before the calls behind its begin.',
  during: 'The armed write took place during the calls behind its begin.',
  after: 'The armed write took place after the calls behind its begin.',
  free: 'The entry of the secure EPT has no page.',
  pending: 'The page of the entry waits until the guest accepts it.',
  mapped: 'The guest has accepted the page of the entry.',
  'pending-blocked': 'The entry is blocked, and its page was not accepted.',
  blocked: 'The IOMMU blocked the DMA; or the entry of the secure EPT is blocked, and its page was accepted.',
  unassigned: 'The entry of the RTT leads to no granule.',
  assigned: 'The entry of the RTT leads to a granule.',
  empty: 'The realm does not use the page by its protected address.',
  ram: 'The realm uses the page as memory.',
  destroyed: 'The host took the content of the page, and the realm has not agreed to that yet.',
  nda: 'The frame is owned by no TD (PT_NDA).',
  reg: 'The frame is a page of a TD (PT_REG).',
}

/** What came in the place of a reply, in a sentence each. */
export const failureSays: Readonly<Record<FailureName, string>> = {
  died: 'The process of the target ended before it replied.',
  silent: 'There was no reply within the time limit.',
  unreadable: 'What came is no line of the protocol.',
  'out-of-order': 'What came is the reply to another request.',
  unasked: 'A reply came to which there was no request.',
}

/** What each half of a realm's addresses is for. */
export const halfSays: Readonly<Record<Half, string>> = {
  protected: "The lower half of a realm's addresses, whose pages belong to the realm alone.",
  unprotected: "The upper half of a realm's addresses, by which the realm reaches memory that it shares with the host.",
}

/** What translates the DMA of a kernel in QEMU, in a sentence each. */
export const linuxIommuSays: Readonly<Record<LinuxIommu, string>> = {
  'vt-d':
    "Intel's unit on x86, as QEMU emulates it: what a kernel under test stands behind unless --iommu says otherwise.",
  'amd-vi': "AMD's unit on x86: the same kernels with another driver; QEMU 7.2 records no fault of it.",
  smmuv3: "Arm's unit, in front of kernels for arm64.",
}

/** What the shared pages of a guest of a kernel under test are. */
export const linuxBackingSays: Readonly<Record<LinuxBacking, string>> = {
  memfd: 'The shared pages are those of a memfd.',
  'guest-memfd': 'The shared pages are those of a guest_memfd that the host may map, mapped by its address.',
}
