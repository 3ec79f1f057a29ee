import { z } from 'zod'
import { bit, byte, few, id, isPowerOfTwo, number } from './fields.js'
import { flawNames, halfNames, interfaceNames } from './interfaces.js'

const flaw = z.enum(['none', ...flawNames])
const to = z.enum(['private', 'shared'])

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
const onDevice = { device: number }
/** Of a realm's page: by which of its two addresses; the protected one if left out. */
const inHalf = { half: z.enum(halfNames).optional() }
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
  z.object({ ...id, call: z.literal('tdh.iq.inv.request') }),
  z.object({ ...id, call: z.literal('tdh.iq.inv.process') }),
  z.object({ ...id, call: z.literal('tdh.dmar.add-entry'), ...onDevice }),
  z.object({ ...id, call: z.literal('tdg.dmar.accept-entry'), vcpu: number, ...onDevice }),
  z.object({ ...id, call: z.literal('tdh.dmar.block-entry'), ...onDevice }),
  z.object({ ...id, call: z.literal('tdh.iq.inv.request-entry'), ...onDevice }),
  z.object({ ...id, call: z.literal('tdh.dmar.remove-entry'), ...onDevice }),
  z.object({ ...id, call: z.literal('trusted-write'), ...onDevice, ...onPage, value: byte }),
  z.object({ ...id, call: z.literal('trusted-read'), ...onDevice, ...onPage }),
  z.object({ ...id, call: z.literal('rmi.granule.delegate'), ...onFrame }),
  z.object({ ...id, call: z.literal('rmi.granule.undelegate'), ...onFrame }),
  z.object({ ...id, call: z.literal('rmi.rtt.data-map'), ...onPage, ...onFrame }),
  z.object({ ...id, call: z.literal('rmi.rtt.data-unmap'), ...onPage }),
  z.object({ ...id, call: z.literal('rmi.op.continue'), ...onPage, ...inHalf }),
  z.object({ ...id, call: z.literal('rmi.rtt.set-ripas'), ...onPage, ripas: z.enum(['empty', 'ram']), destroyed: bit }),
  z.object({ ...id, call: z.literal('rmi.rtt.unprot-map'), ...onPage, ...onFrame }),
  z.object({ ...id, call: z.literal('rmi.rtt.unprot-unmap'), ...onPage }),
  z.object({ ...id, call: z.literal('rmi.rtt.create'), ...onPage, ...onFrame, ...inHalf }),
  z.object({ ...id, call: z.literal('rmi.rtt.destroy'), ...onPage, ...inHalf }),
  z.object({ ...id, call: z.literal('rmi.rtt.fold'), ...onPage, ...inHalf }),
  z.object({ ...id, call: z.literal('rmi.rtt.read-entry'), ...onPage, ...inHalf }),
  z.object({ ...id, call: z.literal('realm-write'), vcpu: number, ...onPage, ...inHalf, value: byte }),
  z.object({ ...id, call: z.literal('realm-read'), vcpu: number, ...onPage, ...inHalf }),
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
/** A call of the TDX module, or what a vCPU or a trusted device does in the guest. */
export type SeptCall = Extract<
  Call,
  { call: `td${string}` | `vcpu-${string}` | `private-${string}` | `trusted-${string}` }
>
/** A call of an RMM, or what a vCPU of the realm, or the host, does to memory. */
export type RmmCall = Extract<Call, { call: `rmi.${string}` | `realm-${string}` | `granule-${string}` }>

const raceCalls: readonly string[] = [arm, begin, end].map(({ shape }) => [...shape.call.values][0] ?? '')
/** Whether a request is one of those that arm, begin or end a race with DMA. */
export const isRace = (request: { readonly call: string }): request is RaceCall => raceCalls.includes(request.call)
