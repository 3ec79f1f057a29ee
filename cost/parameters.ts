import { ok, type Result, refuse } from '../base/result.js'
import type { IotlbSizes } from './iotlb.js'

/** What a measurement takes for given. */
export interface CostParameters {
  readonly iotlb: IotlbSizes
  /** Mappings that a type1 container may hold. */
  readonly entryLimit: number
  /** Pages that may be locked. */
  readonly memlockPages: number
  /** What a wait for an invalidation takes. */
  readonly waitMicroseconds: number
}

/** An IOTLB with a name. VT-d gives no size of it: no register of a unit says how many entries there are. */
export interface NamedIotlb {
  readonly name: string
  readonly sizes: IotlbSizes
  readonly source: string
}

export const iotlbs: readonly NamedIotlb[] = [
  {
    name: 'shared-256',
    sizes: { entries4k: 256, ways4k: 4, entries2m: 0, ways2m: 1 },
    source:
      'The MMU Handbook, chapter 10: 256 to 512 entries for all devices of a unit, in four ways; ' +
      'of second hand, without a measurement',
  },
  {
    name: 'gem5-smmuv3',
    sizes: { entries4k: 2048, ways4k: 4, entries2m: 0, ways2m: 1 },
    source: 'gem5 00dd0d7b3d34, src/dev/arm/SMMUv3.py, tlb_entries and tlb_assoc',
  },
  {
    name: 'split-64',
    sizes: { entries4k: 64, ways4k: 4, entries2m: 32, ways2m: 4 },
    source: 'an assumption, for a small unit with entries of their own for 2 MiB',
  },
]

/** Linux 7.2 include/uapi/linux/resource.h, MLOCK_LIMIT: pages of 8 MiB, where no limit was raised. */
export const defaultMemlockPages = 2048

/**
 * Microseconds from the queueing of IOTLB invalidations to the end of their wait: Linux 7.2 Documentation/ABI/testing/
 * debugfs-intel-iommu, dmar_perf_latency, 18 samples on a Kaby Lake (drivers/iommu/intel/dmar.c, qi_submit_sync() takes
 * them). One client machine at rest: no source says what a server with a full queue takes.
 */
const sampledWait = 2

const unlimited = 0xffff_ffff

export const defaults: CostParameters = {
  iotlb: { entries4k: 256, ways4k: 4, entries2m: 0, ways2m: 1 },
  entryLimit: 65_535,
  memlockPages: unlimited,
  waitMicroseconds: sampledWait,
}

const maxEntries = 1 << 20

/** A name of `iotlbs`, or sizes: `64/4` for both sizes of pages, `64/4+32/4` with entries of their own for 2 MiB. */
export function parseIotlb(text: string): Result<IotlbSizes> {
  const named = iotlbs.find(({ name }) => name === text)
  if (named !== undefined) return ok(named.sizes)
  const found = /^(\d+)\/(\d+)(?:\+(\d+)\/(\d+))?$/.exec(text)
  const names = iotlbs.map(({ name }) => name).join(', ')
  const expected = `expected ${names}, or entries and ways as in 64/4 or 64/4+32/4`
  if (found === null) return refuse(`found "${text}", ${expected}`)
  const [entries4k = 0, ways4k = 0, entries2m = 0, ways2m = 1] = found
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)))
  const fits = (entries: number, ways: number) => ways >= 1 && entries % ways === 0 && entries <= maxEntries
  if (entries4k === 0 || !fits(entries4k, ways4k) || !fits(entries2m, ways2m)) {
    return refuse(`found "${text}", expected up to ${maxEntries} entries, a multiple of their ways`)
  }
  return ok({ entries4k, ways4k, entries2m, ways2m })
}

/** The inverse of `parseIotlb`: `64/4` or `64/4+32/4`, entries and ways of 4 KiB and of 2 MiB pages. */
export const iotlbText = ({ entries4k, ways4k, entries2m, ways2m }: IotlbSizes): string =>
  `${entries4k}/${ways4k}${entries2m === 0 ? '' : `+${entries2m}/${ways2m}`}`
