import type { IotlbSizes } from './iotlb.js'

/** What a measurement takes for given, and where that is from. */
export interface Parameters {
  readonly iotlb: IotlbSizes
  /** Mappings that a type1 container may hold. */
  readonly entryLimit: number
  /** Pages that may be locked. */
  readonly memlockPages: number
}

export const defaults: Parameters = {
  iotlb: { entries4k: 64, ways4k: 4, entries2m: 32, ways2m: 4 },
  entryLimit: 65_535,
  memlockPages: 0xffff_ffff,
}
