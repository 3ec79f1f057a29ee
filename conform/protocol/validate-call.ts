import type { Problem } from '../../base/result.js'
import { type Call, isModule, isRmmInterface, type RmmCall } from './messages.js'
import type { TestSetup } from './setting.js'

/** The part of a target that has a call. */
type Part = 'container' | 'kernel' | 'domains' | 'kvm' | 'sept' | 'connect' | 'rmm' | 'tables' | 'stops'

const partOf: Readonly<Record<Call['call'], Part>> = {
  map: 'container',
  unmap: 'container',
  'unmap-all': 'kernel',
  'unmap-under-dma': 'kernel',
  attach: 'domains',
  replace: 'domains',
  detach: 'domains',
  'dma-write': 'container',
  'dma-read': 'container',
  'host-write': 'container',
  'host-read': 'container',
  'punch-hole': 'kernel',
  'set-attributes': 'kvm',
  convert: 'kvm',
  'guest-write': 'kvm',
  'guest-read': 'kvm',
  'punch-private': 'kvm',
  'tdh.mem.page.aug': 'sept',
  'tdh.mem.range.block': 'sept',
  'tdh.mem.track': 'sept',
  'tdh.mem.page.remove': 'sept',
  'tdh.phymem.page.wbinvd': 'sept',
  'tdh.mem.sept.rd': 'sept',
  'tdh.phymem.page.rdmd': 'sept',
  'vcpu-enter': 'sept',
  'vcpu-exit': 'sept',
  'tdg.mem.page.accept': 'sept',
  'private-write': 'sept',
  'private-read': 'sept',
  'tdh.iq.inv.request': 'connect',
  'tdh.iq.inv.process': 'connect',
  'tdh.dmar.add-entry': 'connect',
  'tdg.dmar.accept-entry': 'connect',
  'tdh.dmar.block-entry': 'connect',
  'tdh.iq.inv.request-entry': 'connect',
  'tdh.dmar.remove-entry': 'connect',
  'trusted-write': 'connect',
  'trusted-read': 'connect',
  'rmi.granule.delegate': 'rmm',
  'rmi.granule.undelegate': 'rmm',
  'rmi.rtt.data-map': 'rmm',
  'rmi.rtt.data-unmap': 'rmm',
  'rmi.op.continue': 'stops',
  'rmi.rtt.unprot-map': 'rmm',
  'rmi.rtt.unprot-unmap': 'rmm',
  'rmi.rtt.create': 'tables',
  'rmi.rtt.destroy': 'tables',
  'rmi.rtt.fold': 'tables',
  'rmi.rtt.set-ripas': 'rmm',
  'rmi.rtt.read-entry': 'rmm',
  'realm-write': 'rmm',
  'realm-read': 'rmm',
  'granule-write': 'rmm',
  'granule-read': 'rmm',
  observe: 'container',
  close: 'container',
}

const rmmParts: readonly Part[] = ['rmm', 'tables', 'stops']
/** Whether only an RMM is asked a call. */
export const isRmm = (call: Call): call is RmmCall => rmmParts.includes(partOf[call.call])

/** Whether what a reset asks for has a call of this name. */
export const hasCall = (setting: TestSetup, call: Call['call']): boolean => partsOf(setting).includes(partOf[call])

function partsOf({ interface: on, kvm, superpage, domains = 1 }: TestSetup): readonly Part[] {
  if (isModule(on)) return on === 'sept' ? ['sept'] : ['sept', 'connect']
  if (isRmmInterface(on)) {
    const tables: readonly Part[] = superpage > 1 ? ['tables'] : []
    return ['rmm', ...tables, ...(on === 'rmm' ? (['stops'] as const) : [])]
  }
  if (on === 'page-table') return domains > 1 ? ['container', 'domains'] : ['container']
  return kvm === 1 ? ['container', 'kernel', 'kvm'] : ['container', 'kernel']
}

/** Flaws that only a map can have; and those that only a map by file can have. */
const onlyMaps: readonly string[] = ['unbacked', 'outside']
const onlyFiles: readonly string[] = ['guest-memfd']

function wrongFlaw(on: TestSetup['interface'], call: string, flaw: string): Problem | undefined {
  const isPossible =
    flaw === 'none' ||
    (on !== 'page-table' &&
      (call === 'map' || !onlyMaps.includes(flaw)) &&
      ((call === 'map' && on === 'iommufd-file') || !onlyFiles.includes(flaw)))
  return isPossible ? undefined : { message: `flaw: found ${flaw}, expected one that ${call} can have on ${on}` }
}

/** The field of a reset that says how many there are of what a call's field counts from 0. */
const sizes: Readonly<Record<string, 'pages' | 'devices' | 'vcpus' | 'domains'>> = {
  iovfn: 'pages',
  page: 'pages',
  frame: 'pages',
  device: 'devices',
  vcpu: 'vcpus',
  domain: 'domains',
}

function wrongNumber(setting: TestSetup, call: Call): Problem | undefined {
  for (const [field, value] of Object.entries(call)) {
    const size = sizes[field]
    const most = size === undefined ? Number.POSITIVE_INFINITY : (setting[size] ?? 1) - 1
    if (Number(value) > most) {
      return { message: `${field}: found ${value}, expected at most ${most} (${size} of the reset)` }
    }
  }
  if (!('count' in call)) return undefined
  const most = setting.pages - ('iovfn' in call ? call.iovfn : call.page)
  return call.count >= 1 && call.count <= most
    ? undefined
    : { message: `count: found ${call.count}, expected from 1 to ${most} (pages of the reset)` }
}

/** Whether calls end where they must: with a `close`, or without one. */
export const isClosedLast = (calls: readonly Call[]): boolean =>
  calls.every(({ call }, index) => call !== 'close' || index === calls.length - 1)

/** Why a call cannot be made after a reset: what was found, and what was expected; undefined if it can be. */
export function validateCall(setting: TestSetup, call: Call): Problem | undefined {
  const { interface: on, kvm } = setting
  if (!hasCall(setting, call.call)) {
    return { message: `call: found ${call.call}, expected one that ${on}${kvm === 1 ? ' with kvm' : ''} has` }
  }
  const wrong = 'flaw' in call ? wrongFlaw(on, call.call, call.flaw) : undefined
  if (wrong !== undefined) return wrong
  if (call.call === 'map' && call.page !== call.iovfn) {
    return { message: `page: found ${call.page}, expected ${call.iovfn}, its iovfn` }
  }
  return wrongNumber(setting, call)
}
