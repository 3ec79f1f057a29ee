import { visible } from '../../base/visible.js'
import type { MachineConfigInput } from '../../search/machine-config.js'
import type { Verdict } from '../../search/verdict.js'
import { designOf } from './judged.js'

/** What names a machine beside its sizes. */
export type MachineName = MachineConfigInput | Verdict

/** `on-demand-4k · type1v2 · in-place · linux-7.2 drain=none · arbitrary guest · no lock` */
export function machineOf(machine: MachineName): string {
  const isVerdict = 'verdict' in machine
  const { backing = 'separate', guest = 'cooperative' } = isVerdict ? machine : machine.scope
  const parts = [
    isVerdict ? designOf(machine) : machine.design,
    machine.driver,
    backing,
    machine.platform,
    ...(guest === 'arbitrary' ? ['arbitrary guest'] : []),
    ...(machine.lock === 'none' ? ['no lock'] : []),
  ]
  return visible(parts.join(' · '))
}
