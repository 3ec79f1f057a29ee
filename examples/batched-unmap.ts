import { type Design, type Driver, loops, ranges, steps, type1v2 } from 'dmaproof'

const { allPages, chunk, given, page } = ranges
const { acquire, release } = steps

const flush: Driver['unmap']['body'] = [
  steps.startBatch,
  { each: loops.eachUnit, body: [steps.submitPsi(given)] },
  steps.wait,
]
const flushDevices: Driver['unmap']['body'] = [
  steps.startBatch,
  { each: loops.eachUnit, body: [steps.submitPsi(given)] },
  { each: loops.eachUnit, body: [steps.submitDeviceTlb(given)] },
  steps.wait,
]
const unpin: Driver['unmap']['body'] = [{ each: loops.eachPinnedPage(given), body: [steps.unpinPage] }]

/** A driver whose unmap clears all entries of its range first; `behind` says what comes then. */
const batched = (name: string, summary: string, behind: Driver['unmap']['body']): Driver => ({
  ...type1v2,
  name,
  summary,
  unmap: {
    body: [
      acquire('container'),
      steps.checkUnmap('vfio.unmap-dma', given),
      { each: loops.eachLeaf(given, steps.domain), body: [steps.clearLeaf] },
      ...behind,
      { each: loops.eachArea, body: [steps.removeMapping(ranges.area)] },
      release('container'),
    ],
    undo: [],
  },
})

export const flushOnce = batched('flush-once', 'One flush of the IOTLB, and then the unpin.', [...flush, ...unpin])
export const flushAll = batched('flush-all', 'The same with the device TLBs.', [...flushDevices, ...unpin])
export const unpinFirst = batched('unpin-first', 'The unpin, and then one flush.', [...unpin, ...flush])

/** A request of any length is one unmap, and so one flush. */
export const batch: Design = {
  name: 'batch',
  summary: 'Takes all pages of a request out of the IOMMU by one call.',
  source: 'an example',
  lock: 'one per VM',
  drivers: [flushOnce, flushAll, unpinFirst, type1v2], // the last is Linux's own, for `dmaproof run`
  backings: ['separate'],
  wholeRequests: true,
  boot: [{ each: loops.eachSharedUnmappedPage(allPages), body: [{ call: 'map', on: page }] }],
  toPrivate: [
    acquire('vm'),
    { call: 'unmap', on: chunk },
    { call: 'set-private', on: chunk },
    { call: 'discard-shared', on: chunk },
    release('vm'),
  ],
  toShared: [
    acquire('vm'),
    { call: 'set-shared', on: chunk },
    { call: 'discard-private', on: chunk },
    { each: loops.eachUnmappedPage(chunk), body: [{ call: 'map', on: page }] },
    release('vm'),
  ],
}
