import { ok, type Result, refuse } from '../../base/result.js'
import {
  type Hello,
  type InterfaceName,
  isModule,
  isRmmInterface,
  type LimitName,
  type ModuleName,
  noLimits,
  type Reset,
  type RmmName,
} from './messages.js'

/** What a sequence of calls runs on: the fields of its reset, without the call itself. */
export type TestSetup = Omit<Reset, 'id' | 'call'>

/** What the shared pages of a guest may be: `guest-memfd` is one that the host may map, mapped by its address. */
export const linuxBackings = ['memfd', 'guest-memfd'] as const
export type LinuxBacking = (typeof linuxBackings)[number]

/** What translates the DMA of a kernel in QEMU: the name of its architecture. */
export const linuxIommus = ['vt-d', 'amd-vi', 'smmuv3'] as const
export type LinuxIommu = (typeof linuxIommus)[number]

/** What a guest in QEMU is made of beside its kernel and its devices. */
export interface LinuxGuest {
  readonly backing: LinuxBacking
  readonly iommu: LinuxIommu
}
export const defaultGuest: LinuxGuest = { backing: 'memfd', iommu: 'vt-d' }

/** The part of an implementation that is tested. */
export interface TestTarget {
  readonly hello: Hello
  readonly interface: InterfaceName
  readonly kvm: boolean
}

/** The largest machine of a random sequence: small enough that calls interact. */
const maxPages = 16
export const defaultSuperpage = 4
/** The superpages of a sequence, in pages, for an implementation that can have those sizes. */
export function superpageOf({ superpages }: { readonly superpages?: string | undefined }): number {
  const sizes = superpages?.split(' ').map(Number)
  if (sizes === undefined || sizes.includes(defaultSuperpage)) return defaultSuperpage
  // where none fits into the guest, nothing but the guest as a whole could be one
  return sizes.find((size) => size <= maxPages) ?? maxPages
}

/** The setup of a test target, with the given limits or none. */
export function testSetupOf(
  { hello, interface: on, kvm }: TestTarget,
  limits: Partial<Record<LimitName, number>>,
): TestSetup {
  if (isModule(on)) return septSetup(hello, on)
  if (isRmmInterface(on)) return rmmSetup(hello, on)
  const perSuper = superpageOf(hello)
  const pages = Math.floor(Math.min(maxPages, hello.pages) / perSuper) * perSuper
  const devices = Math.min(2, hello.devices)
  const setup = {
    interface: on,
    kvm: kvm ? 1 : 0,
    pages,
    superpage: perSuper,
    devices,
    ...noLimits,
    ...limits,
  } as const
  return hasDomains({ hello, interface: on }) ? { ...setup, domains: 2 } : setup
}

/** Whether devices can be attached to one domain or another. */
export const hasDomains = ({ hello, interface: on }: Pick<TestTarget, 'hello' | 'interface'>): boolean =>
  on === 'page-table' && (hello.domains ?? 1) > 1

/** The largest TD: few enough pages and vCPUs that calls interact. */
const maxSept = { pages: 4, vcpus: 2 } as const

/** A TD of as many pages as frames, all by 4 KiB entries; one of a module 2.0 trusts the device. */
export function septSetup({ pages, vcpus = 1 }: Pick<Hello, 'pages' | 'vcpus'>, on: ModuleName = 'sept'): TestSetup {
  const sizes = { pages: Math.min(maxSept.pages, pages), superpage: 1, vcpus: Math.min(maxSept.vcpus, vcpus) }
  return { interface: on, kvm: 0, ...sizes, devices: 1, ...noLimits }
}

/** A realm of as many pages as granules; with two pages or more, a table of the last level has two entries. */
export function rmmSetup(hello: Pick<Hello, 'pages' | 'vcpus'>, on: RmmName = 'rmm'): TestSetup {
  const setup = septSetup(hello)
  const isCut = setup.pages > 1
  const pages = isCut ? setup.pages - (setup.pages % 2) : setup.pages
  return { ...setup, interface: on, pages, superpage: isCut ? 2 : 1 }
}

/** The container's interfaces that are tested together with KVM's attributes. */
export const kvmBeside = ['iommufd', 'type1v2', 'compat', 'type1'] as const
export type BesideName = (typeof kvmBeside)[number]
/** The test target of an interface; an error if the implementation does not offer it. */
export function testTargetOf(hello: Hello, asked: InterfaceName | 'kvm', beside?: BesideName): Result<TestTarget> {
  const has = (name: InterfaceName | 'kvm') => hello.interfaces.includes(name)
  const on = asked === 'kvm' ? (beside ?? kvmBeside.find(has)) : asked
  const isBesideMissing = beside !== undefined && !has(beside)
  if (has(asked) && on !== undefined && !isBesideMissing) {
    return ok({ hello, interface: on, kvm: asked === 'kvm' })
  }
  const option = has(asked) && isBesideMissing ? `--beside ${beside}` : `--interface ${asked}`
  const message = `${option}: ${hello.name} does not offer it; it offers ${hello.interfaces.join(', ')}`
  return refuse(message)
}
