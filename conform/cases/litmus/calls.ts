import type { Problem } from '../../../base/result.js'
import type { ThreadStep } from '../../../litmus/steps.js'
import { owedBy } from '../../../model/actions/fairness.js'
import { argumentOf, type Kind, kinds, relation } from '../../../model/actions/relation.js'
import { type Call, type FlawName, flawNames, isModule } from '../../protocol/messages.js'
import type { TestTarget } from '../../protocol/setting.js'

/** An action as numbers: its kind, then its parameters. */
type Code = ArrayLike<number>
type CallsOfAction = (a: Code, testTarget: TestTarget) => readonly Call[]

const flawOf = (index: number): FlawName | 'none' => flawNames[index - 1] ?? 'none'
/** No rights at all, as raw calls of the model write it. */
const noRights = 4

const map: CallsOfAction = (a) => [callMap(argumentOf(a, 'iovfn'), argumentOf(a, 'count'), 3, 'none')]
const unmap: CallsOfAction = (a) => [
  { call: 'unmap', iovfn: argumentOf(a, 'iovfn'), count: argumentOf(a, 'count'), flaw: 'none' },
]

/** A `map` that maps each page at its own address. @param permissions 1 read, 2 write, 3 both */
export function callMap(iovfn: number, count: number, permissions: number, flaw: FlawName | 'none'): Call {
  return { call: 'map', iovfn, page: iovfn, count, permissions, flaw }
}

/** What each writer leaves in a page, so that its reader can tell them apart. */
export const writtenBy = {
  device: (device: number, page: number) => 16 * (device + 1) + page,
  guest: (page: number) => 160 + page,
  host: (page: number) => 200 + page,
} as const

const sides = ['shared', 'private'] as const

const withMemory =
  (callsOfAction: CallsOfAction): CallsOfAction =>
  (a, testTarget) =>
    testTarget.interface === 'page-table' ? [] : callsOfAction(a, testTarget)
const withKvm =
  (callsOfAction: CallsOfAction): CallsOfAction =>
  (a, testTarget) =>
    testTarget.kvm ? callsOfAction(a, testTarget) : []

const dma: CallsOfAction = (a) => {
  const [device, iovfn] = [argumentOf(a, 'device'), argumentOf(a, 'gfn')]
  if (argumentOf(a, 'access') === 0) return [{ call: 'dma-read', device, iovfn }]
  return [{ call: 'dma-write', device, iovfn, value: writtenBy.device(device, iovfn) }]
}

/** Calls of a container's interface, or of KVM beside it. What an interface does not have falls away. */
const inContainer: Readonly<Partial<Record<Kind, CallsOfAction>>> = {
  'host.map': (a) => [
    callMap(
      argumentOf(a, 'iovfn'),
      argumentOf(a, 'count'),
      argumentOf(a, 'permissions') === noRights ? 0 : argumentOf(a, 'permissions'),
      flawOf(argumentOf(a, 'flaw')),
    ),
  ],
  'host.unmap': (a) => [
    {
      call: 'unmap',
      iovfn: argumentOf(a, 'iovfn'),
      count: argumentOf(a, 'count'),
      flaw: flawOf(argumentOf(a, 'flaw')),
    },
  ],
  'vfio.map-dma': map,
  'iommufd.map': map,
  'compat.map': map,
  'vfio.unmap-dma': unmap,
  'vfio.unmap-dma-v1': unmap,
  'iommufd.unmap': unmap,
  'compat.unmap': unmap,
  'dma.issue': dma,
  'shmem.punch-hole': withMemory((a) => [{ call: 'punch-hole', page: argumentOf(a, 'gfn'), count: 1 }]),
  'host.access': withMemory((a) => {
    const page = argumentOf(a, 'gfn')
    return [
      argumentOf(a, 'access') === 0
        ? { call: 'host-read', page }
        : { call: 'host-write', page, value: writtenBy.host(page) },
    ]
  }),
  'kvm.set-attributes': withKvm((a) => [
    {
      call: 'set-attributes',
      page: argumentOf(a, 'gfn'),
      count: argumentOf(a, 'count'),
      to: sides[argumentOf(a, 'to')] ?? 'shared',
    },
  ]),
  'gmem.punch-hole': withKvm((a) => [{ call: 'punch-private', page: argumentOf(a, 'gfn'), count: 1 }]),
  'gmem.populate': withKvm((a) => [
    { call: 'guest-write', page: argumentOf(a, 'gfn'), value: writtenBy.guest(argumentOf(a, 'gfn')) },
  ]),
  'guest.access': withKvm((a) => {
    const page = argumentOf(a, 'gfn')
    return [
      argumentOf(a, 'access') === 0
        ? { call: 'guest-read', page }
        : { call: 'guest-write', page, value: writtenBy.guest(page) },
    ]
  }),
}

/** Actions that are calls of the TDX module, or what a vCPU does in the guest. A page's frame has its number. */
const inSept: Readonly<Partial<Record<Kind, CallsOfAction>>> = {
  'tdh.mem.range.block': (a) => [{ call: 'tdh.mem.range.block', page: argumentOf(a, 'gfn') }],
  'tdh.mem.track': () => [{ call: 'tdh.mem.track' }],
  'tdh.mem.page.remove': (a) => [{ call: 'tdh.mem.page.remove', page: argumentOf(a, 'gfn') }],
  'tdh.phymem.page.wbinvd': (a) => [{ call: 'tdh.phymem.page.wbinvd', frame: argumentOf(a, 'gfn') }],
  'kvm.kick-vcpus': (_, { hello }) =>
    Array.from({ length: Math.min(2, hello.vcpus ?? 1) }, (_, vcpu) => ({ call: 'vcpu-exit', vcpu }) as const),
  'tdh.mem.page.aug': (a) => [{ call: 'tdh.mem.page.aug', page: argumentOf(a, 'gfn'), frame: argumentOf(a, 'gfn') }],
  'tdg.mem.page.accept': (a) => [
    { call: 'tdg.mem.page.accept', vcpu: argumentOf(a, 'vcpu'), page: argumentOf(a, 'gfn') },
  ],
  'guest.access': (a) => {
    const [vcpu, page] = [argumentOf(a, 'vcpu'), argumentOf(a, 'gfn')]
    if (argumentOf(a, 'access') === 0) return [{ call: 'private-read', vcpu, page }]
    return [{ call: 'private-write', vcpu, page, value: writtenBy.guest(page) }]
  },
}

/** The calls that perform an action; none if it happens inside a call, or on an interface that is not tested. */
export function callsOf(a: Code, testTarget: TestTarget): readonly Call[] {
  const callsOfAction = (isModule(testTarget.interface) ? inSept : inContainer)[kinds.names[a[0] ?? 0] as Kind]
  return callsOfAction?.(a, testTarget) ?? []
}

/** What no call of an interface asks for, though an actor chooses to begin it. */
const withoutCall: readonly Kind[] = ['guest.convert', 'iommu.read-faults']

/**
 * What hardware, or the guest's request under way, does by itself: a caller can neither ask for it nor keep it off. The
 * second half of a fault is told apart, since it makes a call of the TDX module.
 */
function isByItself(kind: Kind): boolean {
  const { by, fairness } = relation[kind]
  if (by === 'plan') return false
  const owes = owedBy(fairness)
  return fairness === 'free' || (owes !== undefined && owes !== 'fault') || withoutCall.includes(kind)
}

/** What is done around the calls, and not to what they are about; a fault's install is said as the call in it. */
const aside: Readonly<Record<'sept' | 'container', readonly string[]>> = {
  sept: ['kvm.set-attributes', 'gmem.punch-hole', 'kvm.fault-resolve', 'kvm.fault-install'],
  container: [],
}

/** What a plan does to tables and domains as no driver of these interfaces does it. */
const beyond: readonly (Kind | undefined)[] = [
  'iommu.block-translation',
  'iommu.attach',
  'iommu.fill-table',
  'iommu.link-table',
  'iommu.store-superpage',
  'iommufd.use-domain',
]

/** Why a plan cannot be said that takes an action; undefined if it can. */
export function whyBeyond(a: Code, testTarget: TestTarget): Problem | undefined {
  const kind = kinds.names[a[0] ?? 0]
  if (kind === undefined || !beyond.includes(kind)) return undefined
  return { message: `${noCall(kind, testTarget).message}, and its design depends on it` }
}

/** Why a thread's step cannot be said to an implementation; undefined if it can, or goes without saying. */
export function whyUnsaid({ how, code }: ThreadStep, testTarget: TestTarget): Problem | undefined {
  const kind = kinds.names[code[0] ?? 0] as Kind
  const place = isModule(testTarget.interface) ? 'sept' : 'container'
  if (argumentOf(code, 'half') === 1) {
    return { message: 'a DMA to an address outside of the half that is mapped is no call of the protocol' }
  }
  if (how === 'await' || isByItself(kind) || aside[place].includes(kind)) return undefined
  if (kind in (place === 'sept' ? inSept : inContainer))
    return isInside(kind, how) ? noCall(kind, testTarget) : undefined
  return noCall(kind, testTarget)
}

/** A driver's first step is said as the call that it begins; as a raw step of a thread it is no call. */
const isInside = (kind: string, how: ThreadStep['how']): boolean =>
  how === 'raw' && /^(vfio|iommufd|compat)\./.test(kind)

const noCall = (kind: string, { interface: on }: TestTarget): Problem => ({ message: `${kind} is no call of ${on}` })
