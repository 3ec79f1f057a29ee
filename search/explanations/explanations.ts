import type { Scope } from '../../model/machine/scope.js'
import type { Explanation } from './explanation.js'
import { failureExplanations, ignoring } from './failure-explanations.js'

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
      "the wait is over while a DMA that was translated before is still on its way, and the frame is now the guest's",
  },
  {
    designs: ['pin-all', 'punch-holes'],
    property: 'no-stale-frame',
    backing: 'separate',
    because: 'the discarded page stays pinned and mapped; what the CPU uses afterwards is another frame',
  },
  {
    designs: bisecting,
    property: 'no-stale-frame',
    backing: 'separate',
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
    because: "the frame becomes the guest's while the mapping from before leads to it",
  },
  {
    designs: ['pin-all', ...bisecting],
    property: 'no-stale-frame',
    backing: 'in-place',
    because: "it falls with no-private-reach: the mapping leads to a frame that is the guest's now",
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
  ...failureExplanations,
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
    because: "the page is mapped for DMA while its frame is still the guest's",
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
    because: "the attribute makes the frame the guest's before DMA is unmapped",
  },
  {
    designs: ['hitless-cut/page-flush'],
    property: 'no-stale-frame',
    because: 'under `within`, flushing one page leaves the cached superpage, which still leads to the page that went',
  },
  {
    designs: ['hitless-cut/page-flush'],
    property: 'no-private-reach',
    because: "the cached superpage still leads to the page, whose frame is now the guest's",
  },
  {
    designs: ['hitless-cut/page-flush'],
    property: 'calls-as-promised',
    because: 'under `within`, the unmap of one page returns while the cached superpage still leads to it',
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
      "a translation from before the flush still leads to the frame, now the guest's (in place, or by a common pool)",
  },
  {
    designs: ['deferred-flush'],
    property: 'no-shared-fault',
    where: 'common pool of frames',
    because:
      "the page is shared again, but the IOTLB still leads to its old frame, now the guest's, and the DMA is blocked",
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
    designs: ['on-demand-4k'],
    property: 'no-shared-fault',
    where: 'devices come and go',
    because: 'the last device took the mappings with it, and nothing maps again for the next one',
  },
  {
    designs: ['on-demand-4k'],
    property: 'conversion-ends',
    where: 'devices come and go',
    because: 'a container without a device knows no map, and the guest is refused for it',
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
