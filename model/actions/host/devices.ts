import {
  iommufdDetachBeforeEmpty,
  iommufdFillAtAttach,
  mapsAtFirstDevice,
  typeDetachBeforeUnmap,
  vfioDeviceQuietFirst,
} from '../../../spec/index.js'
import { hostIsAlive, someVcpuIdle } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Dma, Phase, Plug, type State } from '../../machine/state.js'
import { startPlan } from '../../plan/interpreter.js'
import { excuseNoops } from '../../plan/noop.js'
import { views } from '../accessed.js'
import { device, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { chooseByVcpu, environmentRow, type Needs, planRow } from '../row.js'

const arg = places('vcpu', 'device')

const hotplug: Needs = { on: ({ scope }) => scope.hotplug, says: 'scope hotplug=true' }

/** Whether a device is being attached or detached: a VMM does one of these at a time. */
function someMoves(s: State): boolean {
  for (let at = 0; at < s.plugged.length; at += 1) {
    if (s.plugged[at] === Plug.Coming || s.plugged[at] === Plug.Going) return true
  }
  return false
}

const candidates = (m: Machine, s: State) => (someVcpuIdle(m, s) ? m.scope.vcpus * s.plugged.length : 0)

/** Whether a thread of the VMM is free to move a device that is in this state (`Plug`). */
const canMove = (s: State, a: CodeOf<['vcpu', 'device']>, from: number) =>
  s.plugged.length > 0 &&
  s.plugged[a[arg.device]] === from &&
  s.phase[a[arg.vcpu]] === Phase.Idle &&
  s.closed[0] === 0 &&
  hostIsAlive(s) &&
  !someMoves(s)

/** Whether the device's context entry, in memory, leads to the tables. */
export const isAttached = (s: State, device: number): boolean =>
  (s.contextPresent.length > 0 ? s.contextPresent[device] : s.attached[device]) !== 0

/** Devices that are attached. */
export function attachedCount(s: State): number {
  let count = 0
  for (let device = 0; device < s.attached.length; device += 1) if (isAttached(s, device)) count += 1
  return count
}

/** Whether some device is attached, so that mappings have a table; always, where devices neither come nor go. */
export const someAttached = (s: State): boolean => s.plugged.length === 0 || attachedCount(s) > 0

/** Devices come and go. */
export const hotplugRows = {
  'vmm.remove-device': environmentRow({
    says: 'The guest has let go of a device, its DMA is over, and the VMM begins to take it away.',
    actor: 'thread',
    params: [vcpu, device],
    fairness: 'chosen',
    weight: 20,
    plan: 'begins',
    outcome: 'errno',
    page: undefined,
    rules: [vfioDeviceQuietFirst, typeDetachBeforeUnmap, iommufdDetachBeforeEmpty],
    reads: views('closed dma hostDead own.pc phase plugged noopFound'),
    writes: views('own.pc own.phase plugged noopFound'),
    needs: hotplug,
    candidates,
    choose: chooseByVcpu,
    possible: (_, s, a) => canMove(s, a, Plug.There) && s.dma[a[arg.device]] === Dma.Idle,
    apply: (m, s, a) => {
      s.plugged[a[arg.device]] = Plug.Going
      excuseNoops(s)
      startPlan(m, s, a[arg.vcpu], 'removed')
    },
  }),
  'vmm.add-device': environmentRow({
    says: 'The VMM begins to plug a device in.',
    actor: 'thread',
    params: [vcpu, device],
    fairness: 'chosen',
    weight: 20,
    plan: 'begins',
    outcome: 'errno',
    page: undefined,
    rules: [mapsAtFirstDevice, iommufdFillAtAttach],
    reads: views('closed hostDead own.pc phase plugged noopFound'),
    writes: views('own.pc own.phase plugged noopFound'),
    needs: hotplug,
    candidates,
    choose: chooseByVcpu,
    possible: (_, s, a) => canMove(s, a, Plug.Absent),
    apply: (m, s, a) => {
      s.plugged[a[arg.device]] = Plug.Coming
      excuseNoops(s)
      startPlan(m, s, a[arg.vcpu], 'added')
    },
  }),
  'vmm.device-ready': planRow({
    says: 'The guest is given the device that is attached: it may begin DMA.',
    params: [vcpu, device],
    lock: undefined,
    requires: (_, s, a) => s.plugged[a[arg.device]] === Plug.Coming,
    placeMatters: false,
    rules: [mapsAtFirstDevice],
    reads: views(),
    writes: views('plugged'),
    needs: hotplug,
    apply: (_, s, a) => {
      s.plugged[a[arg.device]] = Plug.There
    },
  }),
  'vmm.device-gone': planRow({
    says: 'The device is away, and can be plugged in again.',
    params: [vcpu, device],
    lock: undefined,
    requires: (_, s, a) => s.plugged[a[arg.device]] === Plug.Going || s.plugged[a[arg.device]] === Plug.Coming,
    placeMatters: false,
    rules: [vfioDeviceQuietFirst],
    reads: views(),
    writes: views('plugged'),
    needs: hotplug,
    apply: (_, s, a) => {
      s.plugged[a[arg.device]] = Plug.Absent
      if (s.ats.length > 0) s.ats[a[arg.device]] = 0
    },
  }),
}
