import {
  attributesReserveFirst,
  inPlaceNoMemory,
  iommufdMapMemlock,
  oneOwner,
  septOperandBusy,
  typeCloseRemovesAll,
  typeEntryPerMap,
  typeUnmapAll,
  typeUnmapSuperset,
  vfioDeviceQuietFirst,
} from '../../../spec/index.js'
import { type Code, Flaw } from '../../machine/action.js'
import { someSet, someVcpuBusy, someVcpuIdle } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Reg, registerCount } from '../../machine/registers.js'
import { Dma, Owner, Phase, type State } from '../../machine/state.js'
import { startPlan } from '../../plan/interpreter.js'
import { environmentRow } from '../row.js'

/** Flaws of any call; one more, the last, is of a map by file. */
const flaws = Object.keys(Flaw).length - 1

function devicesIdle(m: Machine, s: State): boolean {
  for (let device = 0; device < m.scope.devices; device += 1) if (s.dma[device] !== Dma.Idle) return false
  return true
}

/** Ranges of a raw call: any first page, one page, a superpage, or one and a half. */
const lengths = (m: Machine) => [1, m.perSuper, m.perSuper + 1]

function chooseRange(m: Machine, index: number, a: Code): number {
  a[1] = index % m.scope.vcpus
  let rest = Math.floor(index / m.scope.vcpus)
  a[2] = rest % m.pages
  rest = Math.floor(rest / m.pages)
  a[3] = lengths(m)[rest % 3]
  return Math.floor(rest / 3)
}

const mapFlaws = (m: Machine) => flaws + (m.program.byFile ? 1 : 0)
const rangeCount = (m: Machine) => m.scope.vcpus * m.pages * 3
const fits = (m: Machine, s: State, a: Code) =>
  m.scope.calls && s.phase[a[1]] === Phase.Idle && s.closed[0] === 0 && a[2] + a[3] <= m.pages

function begin(s: State, a: Code, flaw: number): void {
  const base = a[1] * registerCount
  s.reg[base + Reg.chunkFirst] = a[2]
  s.reg[base + Reg.chunkEnd] = a[2] + a[3]
  s.reg[base + Reg.flaw] = flaw
}

/** What the host does on its own account, and what the environment makes go wrong. */
export const environmentRows = {
  /** A host thread maps a range; `permissions` 1 reads, 2 writes, 4 stands for none. */
  'host.map': environmentRow({
    parameters: ['vcpu', 'iovfn', 'count', 'permissions', 'flaw'],
    cites: [typeEntryPerMap],
    on: ({ scope }) => scope.calls,
    candidates: (m, s) => (someVcpuIdle(m, s) ? rangeCount(m) * 4 * mapFlaws(m) : 0),
    choose: (m, index, a) => {
      const rest = chooseRange(m, index, a)
      a[4] = 1 + (rest & 3)
      a[5] = rest >>> 2
    },
    possible: fits,
    apply: (m, s, a) => {
      begin(s, a, a[5])
      s.reg[a[1] * registerCount + Reg.permissions] = a[4]
      startPlan(m, s, a[1], 'map')
    },
  }),
  'host.unmap': environmentRow({
    parameters: ['vcpu', 'iovfn', 'count', 'flaw'],
    cites: [typeUnmapSuperset],
    on: ({ scope }) => scope.calls,
    candidates: (m, s) => (someVcpuIdle(m, s) ? rangeCount(m) * flaws : 0),
    choose: (m, index, a) => {
      a[4] = chooseRange(m, index, a)
    },
    possible: fits,
    apply: (m, s, a) => {
      begin(s, a, a[4])
      startPlan(m, s, a[1], 'unmap')
    },
  }),
  /** The next allocation, pin or SEAMCALL of a vCPU's plan fails. */
  'host.fail-next': environmentRow({
    parameters: ['vcpu', 'what'],
    cites: [attributesReserveFirst, inPlaceNoMemory, iommufdMapMemlock, septOperandBusy],
    on: ({ scope }) => scope.failures > 0,
    candidates: (_, s) => (someSet(s.failuresLeft) ? s.armed.length * 3 : 0),
    choose: (m, index, a) => {
      a[1] = index % m.scope.vcpus
      a[2] = 1 + Math.floor(index / m.scope.vcpus)
    },
    possible: (_, s, a) =>
      s.armed.length > 0 && s.failuresLeft[0] > 0 && s.armed[a[1]] === 0 && s.phase[a[1]] === Phase.Running,
    apply: (_, s, a) => {
      s.armed[a[1]] = a[2]
      s.failuresLeft[0] -= 1
    },
  }),
  /** With a common pool: which free frame the next allocation gets. */
  'host.choose-frame': environmentRow({
    parameters: ['frame'],
    cites: [oneOwner],
    on: ({ scope }) => scope.frames === 'pool',
    candidates: (_, s) => s.owner.length,
    choose: (_, index, a) => {
      a[1] = index
    },
    possible: (_, s, a) =>
      s.nextFrame.length > 0 && s.nextFrame[0] === 0 && s.owner[a[1]] === Owner.Free && s.pins[a[1]] === 0,
    apply: (_, s, a) => {
      s.nextFrame[0] = a[1] + 1
    },
  }),
  'vmm.teardown': environmentRow({
    parameters: [],
    cites: [typeCloseRemovesAll, typeUnmapAll, vfioDeviceQuietFirst],
    on: ({ scope }) => scope.teardown,
    candidates: () => 1,
    choose: () => undefined,
    possible: (m, s) => m.scope.teardown && s.closed[0] === 0 && !someVcpuBusy(m, s) && devicesIdle(m, s),
    apply: (m, s) => {
      s.closed[0] = 1
      s.guestView.fill(0)
      s.dmaShared.fill(0)
      startPlan(m, s, 0, 'teardown')
    },
  }),
}
