import { idleHost } from '../../model/by-hand.js'
import type { Checked } from '../../model/checked.js'
import type { Machine } from '../../model/machine.js'
import { makeMachine } from '../../model/make.js'
import { withParts } from '../../model/parts.js'
import { parsePlatform } from '../../model/platform.js'
import { makeScope } from '../../model/scope.js'
import type { Reset } from '../protocol.js'

/** The largest guest whose vCPUs can hold a translation of every page: a TLB that keeps all stands for the others. */
export const mostSeptPages = 8

/** The model's machine for the TDX module's calls: a TD that can run, with no page and all vCPUs outside. */
export function openSept(
  { pages, superpage, vcpus = 1 }: Omit<Reset, 'id' | 'call'>,
  platform: string,
): Checked<Machine> {
  if (pages > mostSeptPages) {
    return { ok: false, message: `scope.pages: found ${pages}, expected at most ${mostSeptPages} with Secure EPT` }
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
  return { ok: true, value: makeMachine(scope.value, parsed.value, withParts('secureEpt'), idleHost) }
}
