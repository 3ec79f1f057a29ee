/** A defect of the study that no change of the model's host software says honestly. */
export interface NotExpressed {
  readonly id: string
  readonly title: string
  readonly reason: string
}

const noRights = 'Every mapping is for reading and writing, and no property judges rights.'
const noArithmetic = 'Numbers of the model do not overflow.'
const noGuestCode = 'It is a mistake of the guest, and the museum changes host software.'
const noVirtualUnit = 'There is no IOMMU that a VMM emulates for its guest.'
const noTime = 'Every step of the model takes no time, and no CPU waits for it.'

/** In the order of the study. */
export const notExpressed: readonly NotExpressed[] = [
  {
    id: 'T04',
    title: 'Unpinned mappings without limit',
    reason: 'No property says what mappings may cost the kernel.',
  },
  { id: 'T06', title: 'An address overflows in between', reason: noArithmetic },
  { id: 'T10', title: 'A list of MSI pages is walked unlocked', reason: 'MSI pages are not modelled.' },
  { id: 'T11', title: 'A dma-buf is freed twice', reason: 'Memory of a device stays as long as its guest.' },
  {
    id: 'T13',
    title: 'ENOSPC where the caller waits for ENOMEM',
    reason: 'Its caller keeps temporary mappings for requests of its own, which no design does.',
  },
  { id: 'T14', title: 'Dirty pages are forgotten when a group leaves', reason: 'Dirty tracking is not modelled.' },
  {
    id: 'T15',
    title: 'A limit of locked memory for static memory alone',
    reason: 'The limit is a size of the machine and no step of the host.',
  },
  { id: 'F03', title: 'A user pointer wraps', reason: noArithmetic },
  { id: 'F04', title: 'Rounding up wraps to an area in use', reason: noArithmetic },
  { id: 'F06', title: 'A failed insertion leaves its identifier', reason: 'iommufd accesses are not modelled.' },
  { id: 'F07', title: 'An area is seen before its pages', reason: 'No step changes the process that is charged.' },
  { id: 'F08', title: 'A dirty bitmap divides by an overflow', reason: noArithmetic },
  { id: 'F09', title: 'A group of page requests is used after it is freed', reason: 'Page requests are not modelled.' },
  { id: 'F10', title: 'The search for an address overflows', reason: noArithmetic },
  {
    id: 'V15',
    title: 'Entries tagged with a PASID are flushed by domain',
    reason: 'Every cached translation has one kind of tag.',
  },
  { id: 'V18', title: 'A flush waits for a device that is gone', reason: 'Every device answers an invalidation.' },
  { id: 'V21', title: 'A lookup creates tables', reason: 'No call asks for a translation.' },
  {
    id: 'V22',
    title: 'One tag widens the flush of the next',
    reason: 'A flush of more than was asked for is safe, and no property forbids it.',
  },
  { id: 'V23', title: 'A hint is dropped', reason: 'A flush of more than was asked for is safe.' },
  { id: 'A05', title: 'An aperture beyond the table', reason: noArithmetic },
  { id: 'A06', title: 'Waiting under a spin lock', reason: noTime },
  {
    id: 'S07',
    title: 'A block is split while it is live',
    reason: 'It breaks a rule of Arm, which has no machine here; on VT-d the same split is allowed.',
  },
  { id: 'K01', title: 'A widened range leaves its array', reason: 'KVM keeps no notes on large pages here.' },
  { id: 'K02', title: 'A binding outlives its slot', reason: 'A file and its slots live as long as the guest.' },
  { id: 'K03', title: 'A flag is changed under a binding', reason: 'A file and its slots live as long as the guest.' },
  { id: 'K04', title: 'A loop over terabytes without a pause', reason: noTime },
  { id: 'K05', title: 'A large page over a private part', reason: "KVM's own tables have small pages only." },
  { id: 'K10', title: 'A negative offset is bound', reason: noArithmetic },
  {
    id: 'K11',
    title: 'A frame without a count is mapped',
    reason: 'Every frame that KVM maps has an owner who knows.',
  },
  { id: 'K13', title: 'Two files share an inode', reason: 'A guest has one file.' },
  { id: 'K15', title: 'A page number of the guest for one of the file', reason: 'The two are equal here.' },
  { id: 'C01', title: 'A page is reused after its conversion failed', reason: noGuestCode },
  { id: 'C06', title: 'Cache lines of the shared side survive', reason: 'Only private lines are modelled as dirty.' },
  {
    id: 'C07',
    title: 'A stray load meets a page under conversion',
    reason: `${noGuestCode} What hosts make of such a load shows in \`on-demand-4k/converts-at-fault\`.`,
  },
  { id: 'Q02', title: 'A flush of an empty directory is not passed on', reason: noVirtualUnit },
  { id: 'Q05', title: 'The granule is announced too early', reason: noVirtualUnit },
  { id: 'Q06', title: 'A range that ends before it begins', reason: noVirtualUnit },
  { id: 'Q07', title: 'The head of a queue does not wrap', reason: 'The queue of a unit has no end to wrap at.' },
  { id: 'X03', title: 'A batch is one entry too long', reason: 'A list has no length to overrun.' },
  { id: 'X04', title: 'A split gives away rights', reason: noRights },
  { id: 'X12', title: 'A table for four levels, hardware set to three', reason: 'Every unit walks the same levels.' },
  { id: 'X13', title: 'A lookup in a superpage keeps extra bits', reason: 'No call asks for a translation.' },
  { id: 'X14', title: 'The root of a shared table is not adjusted', reason: 'Every unit walks the same levels.' },
  {
    id: 'X15',
    title: 'A mapping is added to a dying guest',
    reason: 'No call begins once the container is torn down.',
  },
  { id: 'X26', title: 'Id 0 is given to a domain', reason: 'Ids of domains are not given and taken.' },
  { id: 'X28', title: 'The rollback rolls itself back', reason: 'A plan has no recursion.' },
  { id: 'H05', title: 'A mapping is registered in a copy', reason: 'The VMM has one list of mappings.' },
  { id: 'H06', title: 'An address without translation is used as it is', reason: noVirtualUnit },
  { id: 'H07', title: 'A page is pinned before it is copied on write', reason: 'Copy on write is not modelled.' },
  { id: 'O02', title: 'A page is shared before it is accepted', reason: noGuestCode },
  { id: 'O05', title: 'A flush of too many pages at once', reason: 'A flush of vCPUs has no range.' },
  { id: 'O06', title: 'Registered twice, unregistered once', reason: 'A page is registered by one user.' },
  { id: 'O08', title: 'Locked for reading, written through', reason: noRights },
  { id: 'R03', title: 'A counter is not raised at hotplug', reason: 'Devices are not counted, each is named.' },
  { id: 'R04', title: 'An assumed page size', reason: 'All pages have the one size.' },
  { id: 'R05', title: 'A BAR that is not a whole page', reason: 'Memory of a device comes in whole pages.' },
  { id: 'R06', title: 'A reply of the wrong size', reason: 'Calls of the model have no bytes.' },
  { id: 'R07', title: 'A bound that lets one more in', reason: 'Calls of the model have no bytes.' },
  {
    id: 'E4',
    title: 'The second device maps all again',
    reason: 'A device that cannot be plugged in breaks no property.',
  },
]
