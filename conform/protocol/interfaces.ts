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
/** The TDX module's Secure EPT: of a module 1.5, and of a module 2.0 with a device that the TD trusts. */
export const moduleNames = ['sept', 'sept-2.0'] as const
/** The RTT of a realm: of the draft RMM 2.0, and of RMM 1.0. */
export const rmmNames = ['rmm', 'rmm-1.0'] as const
/** What a reset may ask for; firmware is asked without a container. */
export const interfaceNames = [...containerNames, ...moduleNames, ...rmmNames] as const
/**
 * The name of an interface.
 *
 * @example
 * const name: InterfaceName = 'page-table'
 */
export type InterfaceName = (typeof interfaceNames)[number]
export type ModuleName = (typeof moduleNames)[number]
export type RmmName = (typeof rmmNames)[number]
const isOneOf = <T extends string>(names: readonly T[], name: string): name is T => names.some((one) => one === name)
export const isModule = (on: string): on is ModuleName => isOneOf(moduleNames, on)
export const isRmmInterface = (on: string): on is RmmName => isOneOf(rmmNames, on)
/** Whether an interface is that of firmware (TDX module or RMM), which has no IOMMU container. */
export const isFirmware = (on: string): on is ModuleName | RmmName => isModule(on) || isRmmInterface(on)
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

/** States of a Secure EPT entry, in the order of the model's. */
export const entryNames = ['free', 'pending', 'mapped', 'pending-blocked', 'blocked'] as const
export const frameTypeNames = ['nda', 'reg'] as const
/** States of an RTT entry, as RMI_RTT_READ_ENTRY tells them of protected pages. */
export const rttEntryNames = ['unassigned', 'assigned'] as const
/** The RIPAS of a page, in the order of the model's values. */
export const ripasNames = ['empty', 'ram', 'destroyed'] as const
/** The two halves of a realm's addresses. */
export const halfNames = ['protected', 'unprotected'] as const
export type Half = (typeof halfNames)[number]
