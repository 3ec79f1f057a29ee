import { ok, type Result, refuse } from '../../../base/result.js'
import { machineFrom } from '../../../model/build-machine.js'
import type { Machine } from '../../../model/machine/machine.js'
import { withParts } from '../../../model/machine/parts.js'
import { parsePlatform, presets } from '../../../model/machine/platform.js'
import { makeScope } from '../../../model/machine/scope.js'
import { idleHost } from '../../../model/plan/idle-host.js'
import type { Reset } from '../../protocol/messages.js'
import { maxSeptPages } from '../sept/machine.js'

/** What an RMM does is its own, whatever kernel the platform has. The protocol maps by entries of the last level. */
const rmmPlatform = { ...presets['arm-cca'], rttEntries: 'pages' } as const

/** The model's machine for the commands of an RMM: a realm that can run, and granules that are all the host's. */
export function buildRmmMachine(
  { pages, superpage, vcpus = 1 }: Omit<Reset, 'id' | 'call'>,
  platform: string,
): Result<Machine> {
  if (pages > maxSeptPages) return refuse(`scope.pages: found ${pages}, expected at most ${maxSeptPages} of a realm`)
  const parsed = parsePlatform(platform)
  if (!parsed.ok) return parsed
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
  return ok(machineFrom(scope.value, rmmPlatform, withParts('secureEpt'), idleHost))
}
