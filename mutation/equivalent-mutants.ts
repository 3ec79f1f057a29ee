import { type EquivalentMutants, equivalent } from './equivalent.js'
import { kvmPlans } from './equivalent-kvm.js'

const drivers: readonly EquivalentMutants[] = [
  equivalent(
    /^driver/,
    /frees, then flushes|each entry in the way/,
    'the branch of Linux 6.12, where no design that writes superpages over tables holds; elsewhere it is never taken',
  ),
  equivalent(
    /^driver/,
    /when caching mode: .*iommu\.submit-device-tlb/,
    'caching mode keeps entries that are not present, and those never get into a device TLB',
    'vtd.device-tlb/not-present-not-kept',
  ),
  equivalent(
    /^driver/,
    /when (caching mode|a table was unlinked): .*iommu\.clflush-tables|map: swap iommu\.clflush-tables ↔ when/,
    'the map writes its lines back once before the branch and each branch once more: one of the two is enough',
  ),
  equivalent(
    /^driver/,
    /drop each empty table of part|swap each leaf of part \{ iommu\.clear-entry \} ↔ each empty table of part/,
    'an empty table that stays linked leads nowhere; the next map writes into it, or makes room',
  ),
  equivalent(
    /^driver/,
    /swap each unlinked table of area \{ iommu\.free-tables \} ↔ each pinned page/,
    'both wait for the flush, and neither for the other',
  ),
  equivalent(
    /^driver/,
    /swap each pinned page of area \{ mm\.unpin-page \} ↔ container\.remove-mapping/,
    'a call changes pins and accounting together: nothing reads either without the lock of the container',
  ),
  equivalent(
    /^driver/,
    /^map: swap when a table was unlinked ↔ when caching mode|^map: swap when caching mode ↔ lock\.release container/,
    'the call returns after both flushes in any order, and to flush what another call writes meanwhile costs no more',
  ),
  equivalent(
    /^driver type1v2/,
    /^map, when a table was unlinked: .*iommu\.submit-device-tlb/,
    'a device TLB has no tables, and nothing of an empty one',
    'vtd.device-tlb/not-present-not-kept',
  ),
  equivalent(
    /^driver type1/,
    /^unmap: (drop|swap vfio\.unmap-dma(-v1)? ↔|swap) each mapping that ends at the last address/,
    'a loop of machines with `endsAtTop` alone, where it is a fault of Linux 6.12: without it the host loses less',
    'vfio.unmap/top-6-12',
  ),
  equivalent(
    /^driver (iommufd|cut)/,
    /^unmap: swap lock\.acquire container ↔ iommufd\.unmap/,
    'it asks whether anything is mapped at all; what is then taken is found under the lock',
    'iommufd.unmap/nothing-mapped',
  ),
  equivalent(
    /^driver iommufd/,
    /^map: swap when caching mode ↔ iommufd\.account/,
    'a flush of what is not present promises nothing, and a map that is over the limit takes its entries out again',
    'iommufd.map/memlock',
  ),
]

const cuts: readonly EquivalentMutants[] = [
  equivalent(
    /^driver cut/,
    /swap iommu\.link-table ↔ area\.split/,
    'the accounting is read under the lock of the container',
  ),
  equivalent(
    /^driver coalesce/,
    /^map: (drop when the region is one run|swap when caching mode ↔ when the region)/,
    'without its superpage the table still leads to the same frames; neither flush waits for the other',
  ),
  equivalent(
    /^driver coalesce/,
    /^map, .*: (drop area\.join|swap iommu\.free-tables ↔ area\.join)/,
    'the unmap splits the mapping where it is cut; the accounting is under the lock',
  ),
  equivalent(
    /^driver coalesce/,
    /^map, .*iommu\.submit-device-tlb/,
    'what a device TLB holds of the pieces leads to the frames of the superpage; the unmap flushes all of it',
    'vtd.superpage/coalesce-hitless',
  ),
]

const inOrder = 'nothing uses the domain that is left, and before it is used again the same queue has come to its wait'
const replaces: readonly EquivalentMutants[] = [
  equivalent(
    /^driver replace/,
    /^map: (drop iommu\.wait|swap .*(submit-dsi|device-tlb) \} ↔ iommu\.wait|swap iommu\.wait ↔ each leaf of all)/,
    inOrder,
    'vtd.invalidation/wait-descriptor',
  ),
  equivalent(
    /^driver replace/,
    /swap each unit \{ iommu\.submit-dsi \} ↔ each unit \{ iommu\.submit-device-tlb/,
    'no device is attached to the domain that is left, so that none refills its TLB from it',
  ),
  equivalent(
    /^driver replace/,
    /each device: (drop iommu\.wait|swap (iommu\.submit-context ↔ iommu\.wait|iommu\.wait ↔ iommu\.attach))/,
    inOrder,
    'vtd.invalidation/wait-descriptor',
  ),
  equivalent(
    /^driver replace/,
    /^undo of unmap(: swap each leaf of all|, .*(drop iommu\.wait|dsi \} ↔ iommu\.wait|iommu\.wait ↔ each leaf))/,
    'the undo unpins nothing: what is cached of the domain that is left leads to the frames of the one in use',
  ),
  equivalent(
    /^driver replace/,
    /iommu\.clflush-tables \(2\)/,
    'the next switch writes the lines of the domain back before a device sees it',
    'vtd.visibility/cache-line-flush',
  ),
  equivalent(
    /^driver replace/,
    /^map: swap (each page of call|each other pinned page).* ↔ each (other )?pinned page/,
    'the pages outside the call and those of the call are disjoint, and a failure takes both out again',
  ),
  equivalent(
    /^driver replace/,
    /swap each leaf of all pages \{ iommu\.clear-entry \} ↔ (each mapping|when area)|swap iommufd\.unmap ↔ each other/,
    'the domain is attached to no device, and is emptied before the lock is released in any case',
  ),
]

const mirrors: readonly EquivalentMutants[] = [
  equivalent(
    /^driver mirror/,
    /(drop|swap) lock\.acquire container|↔ lock\.release container/,
    "guest_memfd's own lock is held around each conversion, and nothing else calls the mirror",
  ),
  equivalent(
    /^driver mirror/,
    /^undo of map: /,
    'the mirror is asked for one page at a time: a call that fails has written nothing',
  ),
]

const apart = 'with two backings the attribute and the DMA mapping lead to different frames, in either order'
const designPlans: readonly EquivalentMutants[] = [
  equivalent(
    /, separate/,
    /^toPrivate: swap (each mapped page|when something of (chunk|hull) is mapped) .*↔ call set-private/,
    apart,
  ),
  equivalent(
    /, separate/,
    /^undoShared, .*: swap call set-private on \w+ ↔ call discard-shared/,
    'DMA is unmapped, and the guest uses neither side of the page until it is answered',
  ),
  equivalent(/, separate/, /^toShared: swap each unmapped page .* ↔ call discard/, apart),
  equivalent(
    /^attributes-first, separate/,
    /^to(Private: swap call set-private on chunk ↔ each mapped|Shared: swap call set-shared on chunk ↔ each unmapped)/,
    apart,
  ),
  equivalent(/, separate/, /^toShared: swap call discard-private on chunk ↔ (each (shared|unmapped)|call map)/, apart),
  equivalent(
    /, in-place/,
    /^toShared: (drop call discard-private|swap (call discard-private|.*set-shared on chunk ↔ call discard-))/,
    'in place there is nothing to discard',
    'kvm.in-place/same-frame',
  ),
  equivalent(
    /first, separate/,
    /^toShared: swap call discard-private on chunk ↔ lock\.release vm/,
    'the request stays open until the discard is done; only a guest that races itself can lose its own page',
  ),
  equivalent(/^on-demand-superpage/, /swap call map on left of chunk ↔ call map on right/, 'disjoint ranges'),
  equivalent(
    /^on-demand-superpage/,
    /^undoPrivate: drop call unmap on hull/,
    'the pieces that are mapped stay, and the rest is mapped beside them: only the superpage is lost',
  ),
  equivalent(
    /, separate/,
    /^undoPrivate, each unanswered, private page of chunk: .*call discard-private on page/,
    'the guest waits for its answer: a page under conversion has no private frame yet, unless the guest races itself',
  ),
  equivalent(
    /^on-demand-superpage, separate/,
    /^undoPrivate: swap each unanswered, private page of chunk ↔ call unmap on hull/,
    'the attribute and the mapping are set back in any order, before the map that needs both',
  ),
  equivalent(
    /^(on-demand|hitless).*, in-place/,
    /^undoPrivate.*unanswered, private page/,
    'in place the attribute is set last: nothing is private yet when a step before it fails',
  ),
  equivalent(
    /^attributes-first, separate/,
    /^toPrivate: swap lock\.acquire vm ↔ call set-private on chunk/,
    'KVM has a lock of its own for attributes, and that of the VM holds around what is unmapped: no other property ' +
      'falls in the 4,461,096 states of 2 pages, 2 vCPUs that race, and a failure',
    'kvm.attributes/slots-lock',
  ),
  equivalent(/^bounce-pool/, /^toPrivate: .*(lock)/, 'the check reads nothing that another call changes'),
]

/** Every change that no property catches, with its reason. */
export const reviewed: readonly EquivalentMutants[] = [
  ...drivers,
  ...cuts,
  ...replaces,
  ...mirrors,
  ...kvmPlans,
  ...designPlans,
]
