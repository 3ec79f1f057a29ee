import type { LinuxIommu } from '../../../protocol/setting.js'
import { readData } from '../data.js'
import { emulatedIommus } from '../iommus.js'
import type { LinuxInterface } from '../qemu.js'

/** What an interface makes of the calls on a container, from the agent's table: `container_map` is `vfio_map`. */
export function functionsOf(on: LinuxInterface): (text: string) => string {
  const row =
    readData('agent', 'container.c')
      .split('\t{\n')
      .find((text) => text.includes(`.name = "${on}"`)) ?? ''
  const own = new Map([...row.matchAll(/\.(\w+) = (\w+)/g)].map(([, call = '', name = '']) => [call, name]))
  return (text) => text.replace(/\bcontainer_(\w+)/g, (name, call: string) => own.get(call) ?? name)
}

/** What the kind of IOMMU makes of the functions of `unit.c`. */
const toldFaults = {
  fault_count: 'interrupt_count',
  write_arrives: 'marks_arrive',
  backing_punch: 'punch_backing',
} as const
const hiddenFaults: Readonly<Record<keyof typeof toldFaults, string>> = {
  fault_count: 'no_faults',
  write_arrives: 'mark_is_seen',
  backing_punch: 'punch_noted',
}

/** The same, of the kind of IOMMU. */
export const onUnit = (iommu: LinuxIommu): ((text: string) => string) => {
  const own = emulatedIommus[iommu].tellsFaults ? toldFaults : hiddenFaults
  const names = new RegExp(`\\b(${Object.keys(own).join('|')})\\b`, 'g')
  return (text) => text.replace(names, (name) => own[name as keyof typeof own])
}
