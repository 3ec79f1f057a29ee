import type { Result } from '../../../base/result.js'
import type { Machine } from '../../../model/machine/machine.js'
import { parsePlatform, presets } from '../../../model/machine/platform.js'
import type { Reset } from '../../protocol/messages.js'
import { guestMachine } from '../sept/machine.js'

/** What an RMM does is its own, whatever kernel the platform has. The protocol maps by entries of the last level. */
const rmmPlatform = { ...presets['arm-cca'], rttEntries: 'pages' } as const

/** The model's machine for the commands of an RMM: a realm that can run, and granules that are all the host's. */
export function buildRmmMachine(reset: Omit<Reset, 'id' | 'call'>, platform: string): Result<Machine> {
  const parsed = parsePlatform(platform)
  return parsed.ok ? guestMachine(reset, rmmPlatform, 'of a realm') : parsed
}
