import { Machine } from './machine.js'
import type { Parts } from './parts.js'
import type { Host } from './plan.js'
import type { Platform } from './platform.js'
import { compile } from './program.js'
import { environmentOn, kindIndex } from './relation.js'
import type { Scope } from './scope.js'

/** A machine whose host does what the plans say. */
export function makeMachine(scope: Scope, platform: Platform, parts: Parts, host: Host): Machine {
  const implied = { deviceTlb: parts.deviceTlb || platform.ats, faultCount: parts.faultCount || parts.faultRing }
  const settings = { scope, platform, parts: { ...parts, ...implied } }
  return new Machine(scope, platform, settings.parts, compile(host, settings, kindIndex), environmentOn(settings))
}
