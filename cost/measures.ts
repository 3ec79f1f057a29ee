import type { CostCounters } from './counters.js'

/** One figure of a cost, as people read it. */
export interface Measure {
  readonly key: keyof CostCounters
  readonly label: string
  /** Pages are printed as memory, and of waits the time that they take. */
  readonly unit: 'count' | 'pages' | 'waits'
  /** What the measure counts, in a sentence. */
  readonly says: string
}

const count = (key: keyof CostCounters, label: string, says: string): Measure => ({ key, label, unit: 'count', says })
const waits = (key: keyof CostCounters, label: string, says: string): Measure => ({ key, label, unit: 'waits', says })
const pages = (key: keyof CostCounters, label: string, says: string): Measure => ({ key, label, unit: 'pages', says })

/** What a measurement counts, in the order of the table. */
export const measures: readonly Measure[] = [
  count('mappings', 'mappings', 'mappings of the container at the peak'),
  pages('tables', 'IOMMU tables', "pages of the IOMMU's tables at the peak, four levels of 512 entries"),
  pages('pinned', 'pinned', 'pages pinned at the peak'),
  pages('locked', 'locked (memlock)', 'pages that count as locked memory at the peak'),
  pages('doublyHeld', 'held twice', 'frames beyond the first of each page at the peak'),
  count('slots', 'memory slots', 'memory slots of KVM at the peak'),
  count('conversions', 'conversions', 'requests of the guest to convert pages'),
  count('refused', '  refused', 'conversions that were refused'),
  count('retried', '  told to retry', 'answers that said RETRY'),
  count('steps', 'steps of the host', "steps of the host's plans after boot"),
  count('invalidations', 'invalidations', 'invalidations that the host queued after boot'),
  waits('waits', '  waits for them', 'waits of the host for its invalidations after boot'),
  count('windows', 'windows', 'times at which some shared page had no translation'),
  count('windowSteps', '  steps in them', 'steps of the machine while some shared page had no translation'),
  waits('windowWaits', '  waits in them', 'waits for invalidations while some shared page had no translation'),
  pages('windowPages', '  unreachable', 'shared pages without a translation at once, at most'),
  count('dma', 'DMA to a page', 'DMA to one page each'),
  count('misses', '  IOTLB misses', 'DMA whose translation was not in the IOTLB'),
  count('walkReads', '  table reads', 'entries that the walks of those misses read'),
  count('faults', '  blocked', 'DMA that was blocked'),
  count('notBegun', '  not begun', 'DMA that a device did not begin: its page was not shared, and there was no pool'),
  pages('copies', 'copied by the guest', 'pages that the guest copied from or to a bounce pool'),
]
