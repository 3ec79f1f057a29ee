import { z } from 'zod'
import { fieldsOf } from '../../base/key-values.js'
import { invalid, type Result } from '../../base/result.js'

/** What the sources leave open, or hardware and kernels vary. Each field has its entry in `spec/questions.md`. */
export const platformSchema = z.strictObject({
  dmaToPrivate: z
    .enum(['contained-fault', 'poison-then-host-fatal', 'host-fatal'])
    .describe('What an untrusted DMA does that arrives at a frame owned by the TD.'),
  poisonConsumer: z.enum(['td', 'host']).describe('Who dies when poison in a private page is consumed.'),
  privateGpaInput: z
    .enum(['aborts', 'passes'])
    .describe('The "may" rule: whether the IOMMU aborts a request whose address has SHARED = 0.'),
  iovaShared: z.enum(['stripped', 'kept']).describe('Whether DMA addresses carry the SHARED bit.'),
  sharedBit: z
    .union([z.literal(47), z.literal(51)])
    .describe('Which bit of a guest physical address says SHARED. It changes no run.'),
  drain: z.enum(['none', 'writes', 'both']).describe('Which DMA a completed wait descriptor has waited for.'),
  psiMatch: z
    .enum(['containment', 'within'])
    .describe('Whether a page-selective invalidation drops a larger cached entry that contains its range.'),
  inPlacePinCheck: z
    .enum(['refuse', 'none'])
    .describe('In place, to private: whether a pinned page is refused with EAGAIN.'),
  inPlacePinPrivate: z
    .enum(['refuse', 'allow'])
    .describe('In place: whether a page that is private now can be pinned for DMA.'),
  replaceHitless: z
    .boolean()
    .describe('Whether a device moves from one domain to another without a moment of blocked translation.'),
  cachingMode: z.boolean().describe('Whether not-present entries may be cached, so that a map needs an invalidation.'),
  ats: z.boolean().describe('Whether devices have a device TLB.'),
  coherentPageWalk: z.boolean().describe('Whether the IOMMU snoops CPU caches when it reads its tables.'),
  partialUnmap: z
    .enum(['refuse', 'enlarge'])
    .describe('An unmap that ends inside a superpage: it takes all of it, or stops before it.'),
  writeImpliesRead: z.boolean().describe('Whether every present entry lets the device read (Linux 6.12).'),
  mapOverLeaf: z
    .enum(['refuse', 'keep-old'])
    .describe('A map over an entry that is present: it is refused, or succeeds and the old entry stays.'),
  emptyTable: z
    .enum(['flush-then-free', 'free-then-flush'])
    .describe(
      'A superpage over an empty table: whether the table page is freed before what caches know of it is dropped.',
    ),
  unmapAtHole: z
    .enum(['stop', 'skip'])
    .describe('An unmap that comes to a hole: it stops there, or goes on behind it.'),
  wrapErrno: z.enum(['EINVAL', 'EOVERFLOW']).describe('The errno of a type1 request that wraps around.'),
  faultAfterRead: z
    .enum(['recorded', 'suppressed'])
    .describe('Whether an access that a cached entry forbids is recorded (QEMU: not).'),
  faultProcessingDisable: z
    .boolean()
    .describe("Fault-processing disable in the device's context entry: faults are blocked but not recorded."),
  mapFile: z.boolean().describe('Whether iommufd maps by file descriptor and offset.'),
  backings: z
    .array(z.enum(['separate', 'in-place']))
    .min(1)
    .describe('Which backings the kernel offers.'),
})

export type Platform = Readonly<z.infer<typeof platformSchema>>

const reading2021: Platform = {
  dmaToPrivate: 'contained-fault',
  poisonConsumer: 'td',
  privateGpaInput: 'passes',
  iovaShared: 'stripped',
  sharedBit: 47,
  drain: 'both',
  psiMatch: 'within',
  inPlacePinCheck: 'none',
  inPlacePinPrivate: 'allow',
  replaceHitless: true,
  cachingMode: false,
  ats: false,
  coherentPageWalk: true,
  partialUnmap: 'enlarge',
  writeImpliesRead: false,
  mapOverLeaf: 'refuse',
  emptyTable: 'flush-then-free',
  unmapAtHole: 'stop',
  wrapErrno: 'EOVERFLOW',
  faultAfterRead: 'recorded',
  faultProcessingDisable: false,
  mapFile: true,
  backings: ['separate', 'in-place'],
}

const linux72: Platform = {
  ...reading2021,
  dmaToPrivate: 'host-fatal',
  poisonConsumer: 'host',
  replaceHitless: false,
  backings: ['separate'],
}

const linux612: Platform = {
  ...linux72,
  writeImpliesRead: true,
  mapOverLeaf: 'keep-old',
  emptyTable: 'free-then-flush',
  unmapAtHole: 'skip',
  wrapErrno: 'EINVAL',
  mapFile: false,
}

export const presets = {
  'tdx-2021-reading': reading2021,
  'tdx-2026-reading': { ...reading2021, dmaToPrivate: 'host-fatal', poisonConsumer: 'host' },
  'linux-6.12': linux612,
  'linux-7.2': linux72,
  'qemu-vtd': { ...linux612, faultAfterRead: 'suppressed', psiMatch: 'containment' },
} as const satisfies Record<string, Platform>

export type PresetName = keyof typeof presets

/** A preset with some fields changed, written `linux-7.2` or `linux-7.2 drain=none ats=true`. */
export function parsePlatform(text: string): Result<Platform> {
  const [name = '', ...changes] = text.trim().split(/\s+/)
  if (!isPreset(name)) {
    return { ok: false, message: `platform: found "${name}", expected one of ${Object.keys(presets).join(', ')}` }
  }
  const changed = fieldsOf('platform', changes, Object.keys(platformSchema.shape))
  if (!changed.ok) return changed
  const { backings, ...rest } = changed.value
  const lists = backings === undefined ? {} : { backings: String(backings).split(',') }
  const parsed = platformSchema.safeParse({ ...presets[name], ...rest, ...lists })
  return parsed.success ? { ok: true, value: parsed.data } : invalid('platform', parsed.error)
}

/** A platform, and the fields of it that somebody has asked for since. */
export interface WatchedPlatform {
  readonly platform: Platform
  readonly asked: () => readonly (keyof Platform)[]
}

/** Watches what a machine asks its platform for: on another that answers all of it alike, it does the same. */
export function watched(platform: Platform): WatchedPlatform {
  const names = Object.keys(platform) as (keyof Platform)[]
  const isAsked = new Uint8Array(names.length)
  const getters = names.map((name, index) => {
    const value = platform[name]
    const get = () => {
      isAsked[index] = 1
      return value
    }
    return [name, { get, enumerable: true }] as const
  })
  return {
    platform: Object.defineProperties({}, Object.fromEntries(getters)) as Platform,
    asked: () => names.filter((_, index) => isAsked[index] === 1),
  }
}

function isPreset(name: string): name is PresetName {
  return Object.hasOwn(presets, name)
}
