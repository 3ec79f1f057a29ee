import { must } from '../../base/result.js'
import { type Design, type Driver, findDesign } from '../../designs/index.js'
import type { BuiltMachine } from '../../search/machine-config.js'
import { interfaceOf } from '../design-run/executable.js'
import { openDesign } from '../design-run/run.js'
import { type Script, writeScript } from '../design-run/script.js'
import { testSetupOf } from '../protocol/setting.js'
import { modelHello } from './model-target.js'

/** For tests: a design of the catalogue with one of its drivers, the first unless named. */
export function designWith(name: string, driverName?: string): { design: Design; driver: Driver } {
  const design = findDesign(name)
  const driver = design?.drivers.find((one) => driverName === undefined || one.name === driverName)
  if (design === undefined || driver === undefined) throw new Error(`there is no ${name} with ${driverName}`)
  return { design, driver }
}

export const openedFor = (name: string, driverName?: string): BuiltMachine =>
  must(openDesign({ ...designWith(name, driverName), runs: 1, length: 1, seed: 1 }, 'linux-7.2'))

/** For tests: a script of a design, with three devices. */
export function scriptOf(
  name: string,
  seed: number,
  { kvm = true, dma = 'between' }: { readonly kvm?: boolean; readonly dma?: 'between' | 'during' } = {},
): Script {
  const on = interfaceOf(designWith(name).driver)
  if (on === undefined) throw new Error(`${name} is on no interface`)
  const usual = testSetupOf({ hello: modelHello, interface: on, kvm }, {})
  return writeScript(openedFor(name), {
    setting: { ...usual, devices: 3 },
    seed,
    length: 8,
    dma,
    callMicroseconds: 100,
  })
}
