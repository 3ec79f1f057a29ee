import { z } from 'zod'
import { type Checked, invalid } from './checked.js'

const count = (max: number) => z.number().int().min(1).max(max)

/** The sizes and habits of one machine. Every bound of a search is one of these names. */
export const scopeSchema = z.strictObject({
  /** Guest pages of 4 KiB; a multiple of `pagesPerSuperpage`. */
  pages: count(1 << 25).default(4),
  /** 512 on x86; 2 or 4 in small scopes. A power of two. */
  pagesPerSuperpage: count(512).default(2),
  /** `page`: every page has frames of its own; `pool`: any page may get any free frame. */
  frames: z.enum(['page', 'pool']).default('page'),
  vcpus: count(8).default(2),
  devices: count(8).default(1),
  units: count(4).default(1),
  /** Translations that one IOMMU unit, and one device with a device TLB, may hold. */
  iotlbEntries: count(64).default(2),
  /** Paging-structure cache entries of a unit. */
  walkCacheEntries: count(8).default(1),
  vcpuTlbEntries: count(8).default(1),
  /** Fault-recording registers of a unit. */
  faultRecords: count(64).default(2),
  /** Mappings that a type1 container may hold (`dma_entry_limit`). */
  entryLimit: z.number().int().min(0).max(0xffff_ffff).default(65_535),
  /** Pages that may be locked (RLIMIT_MEMLOCK). */
  memlockLimit: z.number().int().min(0).max(0xffff_ffff).default(0xffff_ffff),
  /** Memory slots that user space may use. */
  memslotLimit: count(32_764).default(32_764),
  backing: z.enum(['separate', 'in-place']).default('separate'),
  start: z.enum(['shared', 'private']).default('shared'),
  requests: z.enum(['pages', 'superpages', 'both']).default('both'),
  /** Whether the container may be torn down, which ends a run. */
  teardown: z.boolean().default(true),
  guest: z.enum(['cooperative', 'arbitrary']).default('cooperative'),
  /** Whether host threads also call the driver directly, with good and bad arguments. */
  calls: z.boolean().default(false),
  /** Allocations, pins and SEAMCALLs that the environment may make fail in one run. */
  failures: z.number().int().min(0).max(255).default(0),
})

export type Scope = Readonly<z.infer<typeof scopeSchema>>
export type ScopeInput = Readonly<z.input<typeof scopeSchema>>

/** A scope whose numbers fit each other, or a message that names the wrong field. */
export function makeScope(input: ScopeInput = {}): Checked<Scope> {
  const parsed = scopeSchema.safeParse(input)
  if (!parsed.success) return invalid('scope', parsed.error)
  const scope = parsed.data
  const per = scope.pagesPerSuperpage
  if ((per & (per - 1)) !== 0) return wrong('pagesPerSuperpage', per, 'a power of two')
  if (scope.pages % per !== 0) return wrong('pages', scope.pages, `a multiple of pagesPerSuperpage (${per})`)
  if (scope.frames === 'pool' && scope.pages > 64) {
    return wrong('frames', 'pool', 'page, for a guest of more than 64 pages')
  }
  return { ok: true, value: scope }
}

function wrong(field: string, found: number | string, expected: string): Checked<never> {
  return { ok: false, message: `scope.${field}: found ${found}, expected ${expected}` }
}
