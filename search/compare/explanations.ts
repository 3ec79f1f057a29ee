import type { Scope } from '../../model/machine/scope.js'

/** Why a design violates a property. Each pinned violation has an explanation, and each explanation a violation. */
export interface Explanation {
  /** Full names of designs; a design's variants are named one by one. */
  readonly designs: readonly string[]
  readonly property: string
  readonly backing?: Scope['backing']
  /** Words that the platform or the scope must have: `drain=none`. */
  readonly where?: string
  readonly because: string
}

/** What is known of a violation when it is explained. */
export interface ViolationSummary {
  readonly design: string
  readonly variant: string
  readonly backing: Scope['backing']
  readonly platform: string
  /** The sizes, in a few words. */
  readonly scope: string
  readonly property: string
}

const everyDesign = ['*']
const cuts = ['hitless-cut', 'hitless-cut/page-flush', 'hitless-coalesce']
const byBitmap = ['on-demand-4k/bitmap-before', 'on-demand-4k/bitmap-rolled-back', 'on-demand-4k/bitmap-after']
const ignoring = ['attributes-first/dma-errors-ignored', 'on-demand-4k/unmap-errors-ignored']
const attributesFirst = ['attributes-first', 'attributes-first/undone', 'attributes-first/dma-errors-ignored']
const bisecting = ['on-demand-4k/superpage-at-start', 'on-demand-4k/enoent-is-done']
const unmapping = [
  'on-demand-superpage',
  'on-demand-4k',
  'on-demand-4k/map-first',
  'fd-offset',
  'replace-domain',
  'mirror-guest-memfd',
  'on-demand-4k/discard-errors-ignored',
  ...attributesFirst,
  ...ignoring,
  ...byBitmap,
  ...cuts,
]

/** In order: the first that fits is used. */
export const explanations: readonly Explanation[] = [
  {
    designs: everyDesign,
    property: 'no-shared-fault',
    where: 'privateGpaInput=aborts',
    because: 'every DMA address has SHARED = 0 once the host strips the bit, so the IOMMU may abort all of them',
  },
  {
    designs: unmapping,
    property: 'no-stale-frame',
    where: 'drain=none',
    because: 'the wait is over while a DMA that was translated before is still on its way to the unpinned frame',
  },
  {
    designs: unmapping,
    property: 'no-private-reach',
    where: 'drain=none',
    because:
      "the wait is over while a DMA that was translated before is still on its way, and the frame is now the TD's",
  },
  {
    designs: ['pin-all', 'punch-holes'],
    property: 'no-stale-frame',
    because: 'the discarded page stays pinned and mapped; what the CPU uses afterwards is another frame',
  },
  {
    designs: bisecting,
    property: 'no-stale-frame',
    because: 'the unmap of one page bisects the mapping and does nothing; the page is discarded all the same',
  },
  {
    designs: ['pin-all', 'punch-holes', ...bisecting],
    property: 'single-backing',
    because: 'the discarded frame is kept by its pin, beside the private one',
  },
  {
    designs: ['shared-alias'],
    property: 'single-backing',
    because: 'nothing is discarded: a private page has its shared frame as well',
  },
  {
    designs: ['pin-all', ...bisecting],
    property: 'no-private-reach',
    backing: 'in-place',
    because: "the frame becomes the TD's while the mapping from before leads to it",
  },
  {
    designs: ['pin-all', ...attributesFirst, ...bisecting],
    property: 'conversion-ends',
    where: 'inPlacePinCheck=refuse',
    because: 'EAGAIN becomes RETRY, and nothing that the retry does removes the pin: a livelock',
  },
  {
    designs: ['attributes-first'],
    property: 'conversion-ends',
    where: '1 failure injected',
    because: 'QEMU does not set the attribute back: the guest is refused, and its page is shared (qemu-no-rollback)',
  },
  {
    designs: ['attributes-first'],
    property: 'no-shared-fault',
    where: '1 failure injected',
    because: 'a map failed, or an unmap half way: the guest takes the page for shared, and nothing maps it',
  },
  {
    designs: ['attributes-first'],
    property: 'single-backing',
    where: '1 failure injected',
    because: 'the page stays private although the guest is refused, and its shared frame was not discarded',
  },
  {
    designs: ['attributes-first/dma-errors-ignored'],
    property: 'no-shared-fault',
    where: '1 failure injected',
    because: 'the map failed, and the guest is told that its page is shared',
  },
  {
    designs: ignoring,
    property: 'no-stale-frame',
    where: '1 failure injected',
    because: 'the unmap failed, and the page is discarded all the same',
  },
  {
    designs: ignoring,
    property: 'no-private-reach',
    where: '1 failure injected',
    because: "the unmap failed, and the frame becomes the TD's all the same",
  },
  {
    designs: ignoring,
    property: 'single-backing',
    where: '1 failure injected',
    because: 'the page that could not be unmapped stays pinned, as an orphan',
  },
  {
    designs: ['on-demand-4k/discard-errors-ignored'],
    property: 'single-backing',
    where: '1 failure injected',
    because: 'the shared frame that could not be discarded stays beside the private one',
  },
  {
    designs: ['on-demand-4k/bitmap-before'],
    property: 'conversion-ends',
    where: '1 failure injected',
    because: 'after an error the bitmap says what is not: a page is mapped, or unmapped, twice, and that is refused',
  },
  {
    designs: ['on-demand-4k/bitmap-before'],
    property: 'no-shared-fault',
    where: '1 failure injected',
    because: 'after an error the bitmap has the page as shared: the next request maps nothing',
  },
  ...['no-stale-frame', 'no-private-reach', 'single-backing'].map((property) => ({
    designs: ['on-demand-4k/bitmap-before'],
    property,
    where: '1 failure injected',
    because: 'after an error the bitmap has the page as private: the next request unmaps nothing',
  })),
  {
    designs: ['on-demand-superpage'],
    property: 'no-shared-fault',
    because: 'between the unmap of the superpage and the map of the rest, pages that stay shared are not mapped',
  },
  {
    designs: ['on-demand-superpage'],
    property: 'entry-limit',
    because: 'a hole makes two mappings of one; the second is refused in the middle of the conversion',
  },
  {
    designs: ['on-demand-4k'],
    property: 'entry-limit',
    because: 'one entry a page: the first page beyond the limit is refused',
  },
  {
    designs: ['on-demand-superpage'],
    property: 'no-stale-frame',
    where: 'linux-6.12',
    because: 'the table page is freed before the caches that lead to it are flushed (switch_to_super_page())',
  },
  {
    designs: ['on-demand-4k/map-first'],
    property: 'no-private-reach',
    backing: 'in-place',
    because: "the page is mapped for DMA while its frame is still the TD's",
  },
  {
    designs: ['on-demand-4k/map-first'],
    property: 'conversion-ends',
    where: 'inPlacePinPrivate=refuse',
    because: 'a private page cannot be pinned, so no conversion to shared ever succeeds',
  },
  {
    designs: attributesFirst,
    property: 'no-private-reach',
    backing: 'in-place',
    because: "the attribute makes the frame the TD's before DMA is unmapped",
  },
  {
    designs: ['hitless-cut/page-flush'],
    property: 'no-stale-frame',
    because: 'under `within`, flushing one page leaves the cached superpage, which still leads to the page that went',
  },
  {
    designs: ['hitless-cut/page-flush'],
    property: 'no-private-reach',
    because: "the cached superpage still leads to the page, whose frame is now the TD's",
  },
  {
    designs: ['replace-domain'],
    property: 'no-shared-fault',
    because: 'attaching blocks translation first: every DMA between the two stores faults',
  },
  {
    designs: ['deferred-flush'],
    property: 'no-stale-frame',
    because: 'the page is unpinned and discarded while a translation from before the flush still leads to it',
  },
  {
    designs: ['deferred-flush'],
    property: 'no-private-reach',
    because:
      "a translation from before the flush still leads to the frame, now the TD's (in place, or by a common pool)",
  },
  {
    designs: ['deferred-flush'],
    property: 'no-shared-fault',
    where: 'common pool of frames',
    because:
      "the page is shared again, but the IOTLB still leads to its old frame, now the TD's, and the DMA is blocked",
  },
  {
    designs: ['pin-all'],
    property: 'private-integrity',
    where: 'poison-then-host-fatal',
    because: 'a device write poisons a page that the guest has accepted; the guest reads the poison',
  },
  {
    designs: ['on-demand-4k', 'on-demand-superpage', 'attributes-first'],
    property: 'no-stale-frame',
    where: 'no conversion lock',
    because: 'one vCPU discards what the other has just mapped',
  },
  {
    designs: ['on-demand-4k', 'on-demand-superpage'],
    property: 'no-private-reach',
    where: 'no conversion lock',
    because: "one vCPU maps the page again between the other's unmap and its attribute",
  },
  {
    designs: ['on-demand-4k', 'on-demand-superpage', 'attributes-first'],
    property: 'single-backing',
    where: 'no conversion lock',
    because: 'the two conversions leave a pinned shared frame beside the private one',
  },
  {
    designs: ['on-demand-4k', 'on-demand-superpage', 'attributes-first'],
    property: 'conversion-ends',
    where: 'no conversion lock',
    because: 'a map or unmap meets what the other vCPU left, and the guest is refused for no fault of its own',
  },
  {
    designs: everyDesign,
    property: 'no-stale-frame',
    backing: 'in-place',
    because: 'in place a private page has no shared backing: it falls wherever no-private-reach does',
  },
  {
    designs: everyDesign,
    property: 'host-survives',
    backing: 'in-place',
    because: 'no-private-reach falls, and this platform answers such a DMA with a machine check',
  },
]

/** The first explanation that fits a violation. */
export function explanationFor(violation: ViolationSummary): Explanation | undefined {
  const design = violation.variant === '' ? violation.design : `${violation.design}/${violation.variant}`
  const machine = `${violation.platform} ${violation.scope}`
  return explanations.find(
    ({ property, designs, backing, where }) =>
      property === violation.property &&
      (designs.includes('*') || designs.includes(design)) &&
      (backing === undefined || backing === violation.backing) &&
      (where === undefined || machine.includes(where)),
  )
}
