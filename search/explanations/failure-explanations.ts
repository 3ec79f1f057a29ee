import type { Explanation } from './explanation.js'

/** Designs that ignore the errno of an unmap. */
export const ignoring = ['attributes-first/dma-errors-ignored', 'on-demand-4k/unmap-errors-ignored']

/** Why a design violates a property once a call has failed. */
export const failureExplanations: readonly Explanation[] = [
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
    designs: ['attributes-first/dma-errors-ignored'],
    property: 'conversion-ends',
    where: '1 failure injected',
    because: 'the map failed, and the page that the guest was told is shared has no translation for good',
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
    because: "the unmap failed, and the frame becomes the guest's all the same",
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
]
