import { z } from 'zod'
import { invalid, type Result } from '../../base/result.js'

const count = (max: number) => z.number().int().min(1).max(max)
const limit = (max: number) => z.number().int().min(0).max(max)

/**
 * The sizes and habits of one machine. Every bound of a search is one of these names; what each is, is said to users
 * too (`dmaproof explain`).
 */
export const scopeSchema = z.strictObject({
  pages: count(1 << 25)
    .default(4)
    .describe('Guest pages of 4 KiB; a multiple of pagesPerSuperpage.'),
  pagesPerSuperpage: count(512)
    .default(2)
    .describe('Pages of a superpage, a power of two: 512 on x86, 2 or 4 in small scopes.'),
  frames: z
    .enum(['page', 'pool'])
    .default('page')
    .describe(
      'page: every page has frames of its own; pool: any page may get any free frame, of 64 pages at the most.',
    ),
  vcpus: count(8)
    .default(2)
    .describe('vCPUs of the guest, each with one conversion under way at the most; with calls, threads of the host.'),
  devices: count(8).default(1).describe('Devices, each with one DMA in flight at the most.'),
  units: count(4).default(1).describe('IOMMU units. The devices are dealt out to them in turn.'),
  iotlbEntries: count(64)
    .default(2)
    .describe('Translations that one IOMMU unit, and one device with a device TLB, may hold.'),
  walkCacheEntries: count(8).default(1).describe('Paging-structure cache entries of a unit, with the part walkCache.'),
  vcpuTlbEntries: count(8).default(1).describe('Translations that one vCPU may hold, with the part secureEpt.'),
  faultRecords: count(64).default(2).describe('Fault-recording registers of a unit, with the part faultCount.'),
  entryLimit: limit(0xffff_ffff)
    .default(65_535)
    .describe('Mappings that a type1 container may hold (dma_entry_limit).'),
  memlockLimit: limit(0xffff_ffff).default(0xffff_ffff).describe('Pages that may be locked (RLIMIT_MEMLOCK).'),
  memslotLimit: count(32_764).default(32_764).describe('Memory slots that user space may use.'),
  backing: z
    .enum(['separate', 'in-place'])
    .default('separate')
    .describe(
      'separate: the shared and the private side of a page have frames of their own; in-place: one frame is either.',
    ),
  start: z.enum(['shared', 'private']).default('shared').describe('What every page is before the host boots.'),
  requests: z
    .enum(['pages', 'superpages', 'both'])
    .default('both')
    .describe('What the guest asks to convert at once: a page, a superpage, or either and two superpages in a row.'),
  teardown: z.boolean().default(true).describe('Whether the container may be torn down, which ends a run.'),
  guest: z
    .enum(['cooperative', 'arbitrary'])
    .default('cooperative')
    .describe(
      'cooperative: a page under conversion is not asked for again, nor used; arbitrary: a guest that races itself.',
    ),
  calls: z
    .boolean()
    .default(false)
    .describe(
      'Whether host threads call the driver directly, with good and bad arguments, in the place of a guest that asks.',
    ),
  failures: limit(255)
    .default(0)
    .describe('Allocations, pins and SEAMCALLs that the environment may make fail in one run.'),
})

export type Scope = Readonly<z.infer<typeof scopeSchema>>
export type ScopeInput = Readonly<z.input<typeof scopeSchema>>

/** A scope whose numbers fit each other, or a message that names the wrong field. */
export function makeScope(input: ScopeInput = {}): Result<Scope> {
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

function wrong(field: string, found: number | string, expected: string): Result<never> {
  return { ok: false, message: `scope.${field}: found ${found}, expected ${expected}` }
}
