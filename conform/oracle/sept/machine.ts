import { ok, type Result, refuse } from '../../../base/result.js'
import { machineFrom } from '../../../model/build-machine.js'
import type { Machine } from '../../../model/machine/machine.js'
import { withParts } from '../../../model/machine/parts.js'
import { type Platform, parsePlatform, presets } from '../../../model/machine/platform.js'
import { makeScope, type ScopeInput } from '../../../model/machine/scope.js'
import { idleHost } from '../../../model/plan/idle-host.js'
import type { Reset } from '../../protocol/messages.js'

/** The largest guest whose vCPUs can hold a translation of every page: a TLB that keeps all stands for the others. */
const maxPages = 8

/** What a reset says of a guest. */
type GuestReset = Omit<Reset, 'id' | 'call'>

/**
 * The machine of a guest whose memory an interface asks for page by page: no page, and all vCPUs outside.
 *
 * @param whose of a message: `at most 8 pages of a realm`
 */
export function guestMachine(
  { pages, superpage, vcpus = 1 }: GuestReset,
  platform: Platform,
  whose: string,
  more: ScopeInput = {},
): Result<Machine> {
  if (pages > maxPages) return refuse(`scope.pages: found ${pages}, expected at most ${maxPages} ${whose}`)
  const scope = makeScope({
    pages,
    pagesPerSuperpage: superpage,
    vcpus,
    devices: 1,
    iotlbEntries: 1,
    vcpuTlbEntries: pages,
    calls: true,
    ...more,
  })
  return scope.ok ? ok(machineFrom(scope.value, platform, withParts('secureEpt'), idleHost)) : scope
}

/** What a module 2.0 does is its own, whatever kernel the platform has; the newest public one has no PAGE.RELEASE. */
const connect = { ...presets['tdx-connect'], pageRelease: 'absent' } as const

/**
 * The model's machine for the TDX module's calls: a TD that can run, with no page and all vCPUs outside; of a module
 * 2.0 with a device that it trusts, behind an IOMMU that can keep every page.
 */
export function buildSeptMachine(reset: GuestReset, platform: string): Result<Machine> {
  const parsed = parsePlatform(platform)
  if (!parsed.ok) return parsed
  if (reset.interface === 'sept') return guestMachine(reset, parsed.value, 'with Secure EPT')
  return guestMachine(reset, connect, 'with Secure EPT', { trustedDevices: 1, iotlbEntries: reset.pages })
}
