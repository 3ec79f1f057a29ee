import { ok, type Result, refuse } from '../../../base/result.js'
import { machineFrom } from '../../../model/build-machine.js'
import type { Machine } from '../../../model/machine/machine.js'
import { withParts } from '../../../model/machine/parts.js'
import { parsePlatform } from '../../../model/machine/platform.js'
import { makeScope } from '../../../model/machine/scope.js'
import { idleHost } from '../../../model/plan/idle-host.js'
import type { Reset } from '../../protocol/messages.js'

/** The largest guest whose vCPUs can hold a translation of every page: a TLB that keeps all stands for the others. */
export const maxSeptPages = 8

/** The model's machine for the TDX module's calls: a TD that can run, with no page and all vCPUs outside. */
export function buildSeptMachine(
  { pages, superpage, vcpus = 1 }: Omit<Reset, 'id' | 'call'>,
  platform: string,
): Result<Machine> {
  if (pages > maxSeptPages) {
    return refuse(`scope.pages: found ${pages}, expected at most ${maxSeptPages} with Secure EPT`)
  }
  const scope = makeScope({
    pages,
    pagesPerSuperpage: superpage,
    vcpus,
    devices: 1,
    iotlbEntries: 1,
    vcpuTlbEntries: pages,
    calls: true,
  })
  if (!scope.ok) return scope
  const parsed = parsePlatform(platform)
  if (!parsed.ok) return parsed
  return ok(machineFrom(scope.value, parsed.value, withParts('secureEpt'), idleHost))
}
