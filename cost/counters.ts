/** What running a workload took, as counted on the model. Memory is in pages of 4 KiB. */
export interface CostCounters {
  /** Mappings of the container, at the peak. */
  mappings: number
  /** Pages of the IOMMU's tables, at the peak. */
  tables: number
  /** Pages pinned, and pages counted as locked memory, at the peak. */
  pinned: number
  locked: number
  /** Frames held beyond the first of each page, at the peak. */
  doublyHeld: number
  /** Memory slots of KVM, at the peak. */
  slots: number
  /** Conversions that were asked for, that were refused, and answers that said RETRY. */
  conversions: number
  refused: number
  retried: number
  /** Steps of the host's plans, invalidations that it queued, and waits for them, after boot. */
  steps: number
  invalidations: number
  waits: number
  /** Times at which some shared page had no translation; steps that this took; pages at once, at most. */
  windows: number
  windowSteps: number
  windowPages: number
  /** Invalidations that the host waited for while some shared page had no translation. */
  windowWaits: number
  /** DMA to one page each: all; those whose translation the IOTLB had not; reads of table entries by their walks. */
  dma: number
  misses: number
  walkReads: number
  /** DMA that was blocked, and DMA that was not begun, as its page could not be shared and there is no pool. */
  faults: number
  notBegun: number
  /** Pages that the guest copied from or to a bounce pool. */
  copies: number
}

/** Counters that are all 0. */
export const zeroCounters = (): CostCounters => ({
  mappings: 0,
  tables: 0,
  pinned: 0,
  locked: 0,
  doublyHeld: 0,
  slots: 0,
  conversions: 0,
  refused: 0,
  retried: 0,
  steps: 0,
  invalidations: 0,
  waits: 0,
  windows: 0,
  windowSteps: 0,
  windowPages: 0,
  windowWaits: 0,
  dma: 0,
  misses: 0,
  walkReads: 0,
  faults: 0,
  notBegun: 0,
  copies: 0,
})
