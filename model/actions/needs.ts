import { architectures } from '../machine/architectures/index.js'
import { mustRelease, trustedDevices, trustedPages } from '../machine/architectures/trusted.js'
import { hasFailedWaits } from '../machine/scope.js'
import type { Needs } from './row.js'

/** What more than one row needs of a machine. */
export const secureEpt: Needs = { on: ({ parts }) => parts.secureEpt, says: 'parts secureEpt' }
/** The TDX module's own calls. */
export const tdxModule: Needs = {
  on: ({ parts, platform }) => parts.secureEpt && architectures[platform.architecture].guestTable === 'secure-ept',
  says: 'parts secureEpt, and architecture=tdx or tdx-connect of the platform',
}
/** A private page that the guest accepted has to be released. */
export const pageRelease: Needs = {
  on: ({ parts, platform }) => mustRelease(platform, parts),
  says: 'parts secureEpt, and architecture=tdx or tdx-connect pageRelease=required of the platform',
}
/** Devices that the guest trusts. */
const onTrusting = 'parts secureEpt, and architecture=tdx-connect, sev-snp, arm-cca or riscv-cove of the platform'
export const trusted: Needs = {
  on: ({ scope, platform, parts }) => trustedDevices(scope, platform, parts) > 0,
  says: `scope trustedDevices=1, ${onTrusting}`,
}
/** The life of their interfaces. */
export const interfaceLife: Needs = {
  on: (machine) => trusted.on(machine) && machine.scope.interfaceLife,
  says: `scope trustedDevices=1 interfaceLife=true, ${onTrusting}`,
}
/** Those that translate by the secure EPT. */
export const trustedByModule: Needs = {
  on: (machine) => trusted.on(machine) && machine.platform.architecture === 'tdx-connect',
  says: 'scope trustedDevices=1, parts secureEpt, and architecture=tdx-connect of the platform',
}
/** Those that translate by a table of the host. */
export const trustedByHost: Needs = {
  on: ({ scope, platform, parts }) => trustedPages(scope, platform, parts) > 0,
  says: 'scope trustedDevices=1, parts secureEpt, and architecture=sev-snp of the platform',
}
/** Those that translate by the RTT of the realm. */
export const trustedByRtt: Needs = {
  on: (machine) => trusted.on(machine) && machine.platform.architecture === 'arm-cca',
  says: 'scope trustedDevices=1, parts secureEpt, and architecture=arm-cca of the platform',
}
/** Those that translate by the table of the TSM. */
export const trustedByTsm: Needs = {
  on: (machine) => trusted.on(machine) && machine.platform.architecture === 'riscv-cove',
  says: 'scope trustedDevices=1, parts secureEpt, and architecture=riscv-cove of the platform',
}
/** The shared half of what they reach. */
export const trustedShared: Needs = {
  on: (machine) => trustedByModule.on(machine) && machine.parts.content,
  says: 'scope trustedDevices=1, parts content secureEpt, and architecture=tdx-connect of the platform',
}
export const rmp: Needs = {
  on: ({ parts, platform }) => parts.secureEpt && platform.architecture === 'sev-snp',
  says: 'parts secureEpt, and architecture=sev-snp of the platform',
}
export const largeRmp: Needs = {
  on: (machine) => rmp.on(machine) && machine.platform.rmpEntries === 'largest',
  says: 'parts secureEpt, and architecture=sev-snp rmpEntries=largest of the platform',
}
/** The TSM's own calls. */
export const tsm: Needs = {
  on: ({ parts, platform }) => parts.secureEpt && platform.architecture === 'riscv-cove',
  says: 'parts secureEpt, and architecture=riscv-cove of the platform',
}
export const keptMpt: Needs = {
  on: (machine) => tsm.on(machine) && machine.platform.ioMpt === 'kept',
  says: 'parts secureEpt, and architecture=riscv-cove ioMpt=kept of the platform',
}
export const realm: Needs = {
  on: ({ parts, platform }) => parts.secureEpt && platform.architecture === 'arm-cca',
  says: 'parts secureEpt, and architecture=arm-cca of the platform',
}
export const realmBlocks: Needs = {
  on: (machine) => realm.on(machine) && machine.platform.rttEntries === 'blocks',
  says: 'parts secureEpt, and architecture=arm-cca rttEntries=blocks of the platform',
}
/** The hypervisor of pKVM. */
export const pkvm: Needs = {
  on: ({ platform }) => platform.identityMap !== 'absent',
  says: 'architecture=pkvm of the platform',
}
/** Pages that system calls of the host take from the guest. */
export const reclaimed: Needs = {
  on: (machine) => pkvm.on(machine) && machine.parts.secureEpt && machine.parts.hostAccess,
  says: 'parts secureEpt hostAccess, and architecture=pkvm of the platform',
}
/** The identity map below the tables of the host. */
export const nested: Needs = {
  on: ({ platform }) => platform.identityMap === 'nested',
  says: 'architecture=pkvm identityMap=nested of the platform',
}
export const nestedAts: Needs = {
  on: (machine) => nested.on(machine) && machine.parts.deviceTlb && machine.platform.ats,
  says: 'parts deviceTlb, and architecture=pkvm identityMap=nested ats=true of the platform',
}
export const contentAndSecureEpt: Needs = {
  on: ({ parts }) => parts.secureEpt && parts.content,
  says: 'parts content secureEpt',
}
/** The flush of vCPU TLBs in parts. */
export const cpuFlush: Needs = { on: ({ parts }) => parts.cpuFlush, says: 'parts cpuFlush' }
/** Context entries in memory, and what the unit caches of them. */
export const contextCache: Needs = { on: ({ parts }) => parts.contextCache, says: 'parts contextCache' }
/** The units' own writes. */
export const unitMessages: Needs = { on: ({ parts }) => parts.unitMessages, says: 'parts unitMessages' }
export const walkCache: Needs = { on: ({ parts }) => parts.walkCache, says: 'parts walkCache' }
export const rawCalls: Needs = { on: ({ scope }) => scope.calls, says: 'scope calls=true' }
export const twoBackings: Needs = {
  on: ({ scope }) => scope.backing !== 'in-place',
  says: 'two backings: in place the frame changes its owner',
}
export const deviceTlb: Needs = {
  on: ({ parts, platform }) => parts.deviceTlb && platform.ats,
  says: 'parts deviceTlb, and ats=true of the platform',
}
export const lateAts: Needs = {
  on: ({ parts, platform, scope }) => scope.lateAts && parts.deviceTlb && platform.ats,
  says: 'scope lateAts=true, parts deviceTlb, and ats=true of the platform',
}
export const devicePages: Needs = { on: ({ scope }) => scope.devicePages > 0, says: 'scope devicePages=1' }
export const processes: Needs = { on: ({ scope }) => scope.processes, says: 'scope processes=true' }
export const secondContainer: Needs = { on: ({ scope }) => scope.secondContainer, says: 'scope secondContainer=true' }
/** Waits for invalidations may end without them. */
export const failedWaits: Needs = {
  on: ({ scope }) => hasFailedWaits(scope),
  says: 'scope queueErrors=1, or timeOuts=1',
}
/** The IOMMU does not snoop the CPU's caches. */
export const nonCoherentWalk: Needs = {
  on: ({ parts, platform }) => parts.coherency && !platform.coherentPageWalk,
  says: 'parts coherency, and coherentPageWalk=false of the platform',
}
