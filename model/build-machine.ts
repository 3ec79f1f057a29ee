import { environmentOn, kindIndex, kindOf, rows } from './actions/relation.js'
import { Machine, type MachineSettings, type Program } from './machine/machine.js'
import type { Parts } from './machine/parts.js'
import type { Platform } from './machine/platform.js'
import type { Scope } from './machine/scope.js'
import { compile, type Listener } from './plan/compiler.js'
import type { Host } from './plan/plan.js'

/** A machine whose host does what the plans say. */
export function machineFrom(scope: Scope, platform: Platform, parts: Parts, host: Host): Machine {
  const implied = {
    deviceTlb: parts.deviceTlb || platform.ats,
    faultCount: parts.faultCount || parts.faultRing,
    secureEpt: parts.secureEpt || parts.cpuFlush,
  }
  const settings = { scope, platform, parts: { ...parts, ...implied } }
  const program = compile(host, settings, rowIndex)
  return new Machine(scope, platform, settings.parts, program, environmentOn(settings), failuresOf(program))
}

/** Lists the plans of a host as they are compiled for a machine: what each of its instructions stands for. */
export const listPlans = (host: Host, on: MachineSettings, list: Listener): Program => compile(host, on, rowIndex, list)

/** What the environment can make fail in the steps of a program (`Failure`). */
function failuresOf({ code }: Program): number[] {
  const whats = code.flatMap(({ kind }) => {
    const row = rows[kind]
    return row?.by === 'plan' && row.mayFail !== undefined ? [row.mayFail.what] : []
  })
  return [...new Set(whats)].sort((a, b) => a - b)
}

/** @throws Error for a step that names no row: plans are below the relation, and cannot have its kinds as a type */
function rowIndex(row: string): number {
  const kind = kindOf(row)
  if (kind === undefined) throw new Error(`a plan has a step "${row}", which is no row of the relation`)
  return kindIndex(kind)
}
