import { z } from 'zod'

/**
 * The version of the line protocol: `docs/protocol.md` is its text.
 *
 * @example
 * if (hello.protocol !== protocolVersion) process.exit(2)
 */
export const protocolVersion = 1

/** A line, of either side, has at most this many bytes. */
export const lineLimit = 4096

/** Interfaces of a container, or of what stands for one. */
export const containerNames = [
  'type1',
  'type1v2',
  'iommufd',
  'iommufd-file',
  'iommufd-replace',
  'compat',
  'page-table',
] as const
export type ContainerName = (typeof containerNames)[number]
/** What a reset may ask for; `sept` is the TDX module's Secure EPT and `rmm` a realm's RTT, without a container. */
export const interfaceNames = [...containerNames, 'sept', 'rmm'] as const
/**
 * The name of an interface.
 *
 * @example
 * const name: InterfaceName = 'page-table'
 */
export type InterfaceName = (typeof interfaceNames)[number]
/** What a target can offer; `kvm` stands beside an interface of the container. */
export const capabilityNames = [...interfaceNames, 'kvm'] as const
export const flawNames = ['misaligned', 'wraps', 'unbacked', 'outside', 'empty', 'guest-memfd'] as const
export const limitNames = ['entries', 'memlock'] as const
export const observationNames = [
  'result',
  'data',
  'fault',
  'unmapped',
  'pins',
  'mappings',
  'entries',
  'pinned',
  'locked',
  'tables',
  'stray',
  'faults',
  'memory',
  'when',
  'entry',
  'type',
  'ripas',
] as const
export type FlawName = (typeof flawNames)[number]
export type LimitName = (typeof limitNames)[number]
export type Observation = (typeof observationNames)[number]

/** The values that stand for "no limit" in a reset. */
export const noLimits = { entries: 65_535, memlock: 0xffff_ffff } as const

const number = z.number().int().min(0).max(0xffff_ffff)
/** What is counted over a start: less than then is wrong, and can be said. */
const balance = z.number().int().min(-0xffff_ffff).max(0xffff_ffff)
const bit = z.literal([0, 1])
/** A count from one up to the most that the model can have. */
const few = z.number().int().min(1).max(8)
const isPowerOfTwo = (size: number): boolean => Number.isInteger(Math.log2(size))
const byte = z.number().int().min(0).max(255)
const word = z
  .string()
  .regex(/^[A-Za-z0-9._+\- ,=/]{0,200}$/, 'expected at most 200 characters of A-Z a-z 0-9 . _ + - ,')
/** A list as one string: words with one blank between them. */
const words = <const T extends readonly [string, ...string[]]>(known: T) =>
  word
    .transform((text) => text.split(' ').filter((part) => part !== ''))
    .pipe(z.array(z.enum(known, { error: `expected words out of: ${known.join(' ')}` })))

/** Sizes as one string: at least one, with one blank between them. */
const powersOfTwo = word.refine(
  (text) => text.split(' ').every((size) => /^[1-9]\d*$/.test(size) && isPowerOfTwo(Number(size))),
  'expected powers of two with one blank between them',
)

const id = { id: number }
const flaw = z.enum(['none', ...flawNames])
const to = z.enum(['private', 'shared'])

/** States of a Secure EPT entry, in the order of the model's. */
export const entryNames = ['free', 'pending', 'mapped', 'pending-blocked', 'blocked'] as const
export const frameTypeNames = ['nda', 'reg'] as const
/** States of an RTT entry, as RMI_RTT_READ_ENTRY tells them of protected pages. */
export const rttEntryNames = ['unassigned', 'assigned'] as const
/** The RIPAS of a page, in the order of the model's values. */
export const ripasNames = ['empty', 'ram', 'destroyed'] as const

const hello = z.object({ ...id, call: z.literal('hello'), protocol: number })
const reset = z.object({
  ...id,
  call: z.literal('reset'),
  interface: z.enum(interfaceNames),
  kvm: bit,
  pages: number,
  superpage: number.refine(isPowerOfTwo, 'expected a power of two'),
  devices: few,
  entries: number,
  memlock: number,
  /** Only for Secure EPT and an RMM. */
  vcpus: few.optional(),
  /** Only for a page table; 1 if left out. */
  domains: few.optional(),
})
/** Of a page table: which of its domains, the first if left out. */
const inDomain = { domain: number.optional() }
const onPage = { page: number }
const onFrame = { frame: number }
const map = z.object({
  ...id,
  call: z.literal('map'),
  iovfn: number,
  page: number,
  count: number,
  permissions: z.number().int().min(0).max(3),
  flaw,
  ...inDomain,
})
/** Writes of several devices that take place while other calls are made. */
const arm = z.object({ ...id, call: z.literal('dma-arm'), device: number, iovfn: number, value: byte })
const begin = z.object({ ...id, call: z.literal('dma-begin'), before: number, ahead: number })
const end = z.object({ ...id, call: z.literal('dma-end'), device: number })
const unmap = z.object({ ...id, call: z.literal('unmap'), iovfn: number, count: number, flaw, ...inDomain })

const requests = [
  hello,
  reset,
  map,
  unmap,
  z.object({ ...id, call: z.literal('unmap-all') }),
  z.object({ ...id, call: z.literal('attach'), device: number, domain: number }),
  z.object({ ...id, call: z.literal('replace'), device: number, domain: number }),
  z.object({ ...id, call: z.literal('detach'), device: number }),
  z.object({ ...id, call: z.literal('unmap-under-dma'), iovfn: number, count: number, device: number, before: number }),
  z.object({ ...id, call: z.literal('dma-write'), device: number, iovfn: number, value: byte }),
  z.object({ ...id, call: z.literal('dma-read'), device: number, iovfn: number }),
  z.object({ ...id, call: z.literal('host-write'), page: number, value: byte }),
  z.object({ ...id, call: z.literal('host-read'), page: number }),
  z.object({ ...id, call: z.literal('punch-hole'), page: number, count: number }),
  z.object({ ...id, call: z.literal('set-attributes'), page: number, count: number, to }),
  z.object({ ...id, call: z.literal('convert'), page: number, count: number, to }),
  z.object({ ...id, call: z.literal('guest-write'), page: number, value: byte }),
  z.object({ ...id, call: z.literal('guest-read'), page: number }),
  z.object({ ...id, call: z.literal('punch-private'), page: number, count: number }),
  arm,
  begin,
  end,
  z.object({ ...id, call: z.literal('tdh.mem.page.aug'), ...onPage, ...onFrame }),
  z.object({ ...id, call: z.literal('tdh.mem.range.block'), ...onPage }),
  z.object({ ...id, call: z.literal('tdh.mem.track') }),
  z.object({ ...id, call: z.literal('tdh.mem.page.remove'), ...onPage }),
  z.object({ ...id, call: z.literal('tdh.phymem.page.wbinvd'), ...onFrame }),
  z.object({ ...id, call: z.literal('tdh.mem.sept.rd'), ...onPage }),
  z.object({ ...id, call: z.literal('tdh.phymem.page.rdmd'), ...onFrame }),
  z.object({ ...id, call: z.literal('vcpu-enter'), vcpu: number }),
  z.object({ ...id, call: z.literal('vcpu-exit'), vcpu: number }),
  z.object({ ...id, call: z.literal('tdg.mem.page.accept'), vcpu: number, ...onPage }),
  z.object({ ...id, call: z.literal('private-write'), vcpu: number, ...onPage, value: byte }),
  z.object({ ...id, call: z.literal('private-read'), vcpu: number, ...onPage }),
  z.object({ ...id, call: z.literal('rmi.granule.delegate'), ...onFrame }),
  z.object({ ...id, call: z.literal('rmi.granule.undelegate'), ...onFrame }),
  z.object({ ...id, call: z.literal('rmi.rtt.data-map'), ...onPage, ...onFrame }),
  z.object({ ...id, call: z.literal('rmi.rtt.data-unmap'), ...onPage }),
  z.object({ ...id, call: z.literal('rmi.op.continue'), ...onPage }),
  z.object({ ...id, call: z.literal('rmi.rtt.set-ripas'), ...onPage, ripas: z.enum(['empty', 'ram']), destroyed: bit }),
  z.object({ ...id, call: z.literal('rmi.rtt.read-entry'), ...onPage }),
  z.object({ ...id, call: z.literal('realm-write'), vcpu: number, ...onPage, value: byte }),
  z.object({ ...id, call: z.literal('realm-read'), vcpu: number, ...onPage }),
  z.object({ ...id, call: z.literal('granule-write'), ...onFrame, value: byte }),
  z.object({ ...id, call: z.literal('granule-read'), ...onFrame }),
  z.object({ ...id, call: z.literal('observe') }),
  z.object({ ...id, call: z.literal('close') }),
  z.object({ ...id, call: z.literal('bye') }),
] as const
/**
 * One request: what a line to the implementation holds.
 *
 * @example
 * const request = requestSchema.parse(JSON.parse(line))
 */
export const requestSchema = z.discriminatedUnion('call', requests, { error: 'expected a request of docs/protocol.md' })
/**
 * What an implementation is asked, as a line has it.
 *
 * @example
 * const request: Request = requestSchema.parse(JSON.parse(line))
 */
export type Request = z.infer<typeof requestSchema>
export type Reset = z.infer<typeof reset>

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never
/** A request, without its id, about DMA that runs during other calls; the protocol does not say during which. */
export type RaceCall = WithoutId<z.infer<typeof arm> | z.infer<typeof begin> | z.infer<typeof end>>
/**
 * A request without its id, whose reply the model predicts.
 *
 * @example
 * const call: ProtocolCall = { call: 'unmap', iovfn: 0, count: 1, flaw: 'none' }
 */
export type Call = WithoutId<Exclude<Request, { call: 'hello' | 'reset' | 'bye' | RaceCall['call'] }>>
/** A call of the TDX module, or what a vCPU does in the guest. */
export type SeptCall = Extract<Call, { call: `td${string}` | `vcpu-${string}` | `private-${string}` }>
/** A call of an RMM, or what a vCPU of the realm, or the host, does to memory. */
export type RmmCall = Extract<Call, { call: `rmi.${string}` | `realm-${string}` | `granule-${string}` }>

const raceCalls: readonly string[] = [arm, begin, end].map(({ shape }) => [...shape.call.values][0] ?? '')
export const isRace = (request: { readonly call: string }): request is RaceCall => raceCalls.includes(request.call)

const outcome = z.string().regex(/^[A-Za-z0-9_]{1,64}$/, 'expected ok, or the name of an errno or a status')

/** A reply to `hello` of any version, refusals included. */
export const anyHelloSchema = z.looseObject({ ...id, outcome })
/**
 * What the implementation offers.
 *
 * @example
 * helloReplySchema.safeParse(JSON.parse(line))
 */
export const helloReplySchema = z.strictObject({
  ...id,
  outcome,
  protocol: number,
  name: word,
  interfaces: words(capabilityNames),
  flaws: words(flawNames),
  limits: words(limitNames),
  observes: words(observationNames),
  devices: few,
  pages: z.number().int().min(1).max(4096),
  superpages: powersOfTwo.optional(),
  vcpus: few.optional(),
  domains: few.optional(),
  platform: word.optional(),
})
/**
 * What an implementation says of itself.
 *
 * @example
 * const hello: Partial<Hello> = { name: 'my-table', interfaces: ['page-table'] }
 */
export type Hello = Omit<z.infer<typeof helloReplySchema>, 'id' | 'outcome'>

/**
 * The reply to every other request.
 *
 * @example
 * replySchema.safeParse(JSON.parse(line))
 */
export const replySchema = z.strictObject({
  ...id,
  outcome,
  result: z.enum(['done', 'blocked']).optional(),
  /** A page's value; -1 if its bytes differ. */
  data: z.number().int().min(-1).max(255).optional(),
  fault: bit.optional(),
  unmapped: number.optional(),
  /** Pages that mappings pin after the call. */
  pins: balance.optional(),
  mappings: number.optional(),
  entries: number.optional(),
  pinned: balance.optional(),
  locked: balance.optional(),
  /** Frames of translation tables. */
  tables: balance.optional(),
  /** Writes to free memory that the kernel complained of since the reset, as far as it has seen them. */
  stray: number.optional(),
  faults: bit.optional(),
  memory: number.optional(),
  /** When an armed write took place: before, during or after the calls behind its begin. */
  when: z.enum(['before', 'during', 'after']).optional(),
  entry: z.enum([...entryNames, ...rttEntryNames]).optional(),
  type: z.enum(frameTypeNames).optional(),
  ripas: z.enum(ripasNames).optional(),
})
/**
 * What an implementation answers, as a line has it.
 *
 * @example
 * const reply: Reply = { id: 2, outcome: 'ok' }
 */
export type Reply = z.infer<typeof replySchema>
/** A reply without the id of its request. */
export const answerSchema = replySchema.omit({ id: true })
/**
 * A reply without its id.
 *
 * @example
 * const answer: Answer = { outcome: 'ok', unmapped: 1 }
 */
export type Answer = z.infer<typeof answerSchema>
