import {
  typeCloseRemovesAll,
  typeEntryPerMap,
  typeUnmapAll,
  typeUnmapSuperset,
  vfioDeviceQuietFirst,
} from '../../../spec/index.js'
import { Flaw } from '../../machine/action.js'
import { someVcpuBusy, someVcpuIdle } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Reg, regOf } from '../../machine/registers.js'
import { Dma, Phase, type State } from '../../machine/state.js'
import { startPlan } from '../../plan/interpreter.js'
import { views } from '../accessed.js'
import { rawCalls } from '../needs.js'
import { count, flaw, iovfn, permissions, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { environmentRow } from '../row.js'

const arg = places('vcpu', 'iovfn', 'count', 'permissions', 'flaw')
const flawArg = places('vcpu', 'iovfn', 'count', 'flaw')

/** Flaws of any call; one more, the last, is of a map by file. */
const flaws = Object.keys(Flaw).length - 1

/** Whether no DMA is in flight; the scope may allow it. */
function isQuiet(m: Machine, s: State): boolean {
  if (m.scope.teardownDma) return true
  for (let device = 0; device < m.scope.devices; device += 1) if (s.dma[device] !== Dma.Idle) return false
  return true
}

/** Superpages of so many pages at most get ranges of every length; larger ones those around a superpage, and half. */
const smallSuperpage = 4

/** Lengths of a raw call's range, up to two superpages and a page. */
function lengthsFor(perSuper: number): readonly number[] {
  const longest = 2 * perSuper + 1
  if (perSuper <= smallSuperpage) return Array.from({ length: longest }, (_, index) => index + 1)
  return [1, 2, perSuper / 2, perSuper - 1, perSuper, perSuper + 1, 2 * perSuper, longest]
}

/** By the pages of a superpage, a power of two. */
const lengthsBySize = Array.from({ length: 10 }, (_, bits) => lengthsFor(1 << bits))
const lengths = (m: Machine): readonly number[] => lengthsBySize[31 - Math.clz32(m.perSuper)]

function chooseRange(m: Machine, index: number, a: CodeOf<['vcpu', 'iovfn', 'count']>): number {
  a[arg.vcpu] = index % m.scope.vcpus
  let rest = Math.floor(index / m.scope.vcpus)
  a[arg.iovfn] = rest % m.pages
  rest = Math.floor(rest / m.pages)
  const known = lengths(m)
  a[arg.count] = known[rest % known.length]
  return Math.floor(rest / known.length)
}

const mapFlaws = (m: Machine) => flaws + (m.program.byFile ? 1 : 0)

const rangeCount = (m: Machine) => m.scope.vcpus * m.pages * lengths(m).length

const fits = (m: Machine, s: State, a: CodeOf<['vcpu', 'iovfn', 'count']>) =>
  m.scope.calls && s.phase[a[arg.vcpu]] === Phase.Idle && s.closed[0] === 0 && a[arg.iovfn] + a[arg.count] <= m.pages

function begin(s: State, a: CodeOf<['vcpu', 'iovfn', 'count']>, flaw: number): void {
  s.reg[regOf(a[arg.vcpu], Reg.chunkFirst)] = a[arg.iovfn]
  s.reg[regOf(a[arg.vcpu], Reg.chunkEnd)] = a[arg.iovfn] + a[arg.count]
  s.reg[regOf(a[arg.vcpu], Reg.flaw)] = flaw
}

/** In a larger guest a teardown would be all that a run does: the biased choice leaves it to others. In pages. */
const smallGuest = 4096

/** What user space of the host asks of its container. */
export const hostCallRows = {
  'host.map': environmentRow({
    says: 'A host thread maps a range for DMA, with the permissions and the flaw that the search chooses.',
    actor: 'thread',
    params: [vcpu, iovfn, count, permissions, flaw],
    fairness: 'chosen',
    weight: 20,
    plan: 'begins',
    outcome: 'errno',
    page: undefined,
    rules: [typeEntryPerMap],
    reads: views('closed own.pc phase'),
    writes: views('ownPlan'),
    needs: rawCalls,
    candidates: (m, s) => (someVcpuIdle(m, s) ? rangeCount(m) * 4 * mapFlaws(m) : 0),
    choose: (m, index, a) => {
      const rest = chooseRange(m, index, a)
      a[arg.permissions] = 1 + (rest & 3)
      a[arg.flaw] = rest >>> 2
    },
    possible: fits,
    apply: (m, s, a) => {
      begin(s, a, a[arg.flaw])
      s.reg[regOf(a[arg.vcpu], Reg.permissions)] = a[arg.permissions]
      startPlan(m, s, a[arg.vcpu], 'map')
    },
  }),
  'host.unmap': environmentRow({
    says: 'A host thread unmaps a range for DMA, with the flaw that the search chooses.',
    actor: 'thread',
    params: [vcpu, iovfn, count, flaw],
    fairness: 'chosen',
    weight: 20,
    plan: 'begins',
    outcome: 'errno',
    page: undefined,
    rules: [typeUnmapSuperset],
    reads: views('closed own.pc phase'),
    writes: views('ownPlan'),
    needs: rawCalls,
    candidates: (m, s) => (someVcpuIdle(m, s) ? rangeCount(m) * flaws : 0),
    choose: (m, index, a) => {
      a[flawArg.flaw] = chooseRange(m, index, a)
    },
    possible: fits,
    apply: (m, s, a) => {
      begin(s, a, a[flawArg.flaw])
      startPlan(m, s, a[arg.vcpu], 'unmap')
    },
  }),
  'vmm.teardown': environmentRow({
    says: 'The VMM closes the container, which ends the run.',
    actor: 'thread',
    params: [],
    fairness: 'chosen',
    weight: ({ scope }) => (scope.pages > smallGuest ? 0 : 3),
    plan: 'begins',
    outcome: 'errno',
    page: undefined,
    rules: [typeCloseRemovesAll, typeUnmapAll, vfioDeviceQuietFirst],
    reads: views('closed dma dmaShared guestView pc phase'),
    writes: views('closed dmaShared guestView pc phase'),
    needs: { on: ({ scope }) => scope.teardown, says: 'scope teardown=true' },
    candidates: () => 1,
    choose: () => undefined,
    possible: (m, s) => m.scope.teardown && s.closed[0] === 0 && !someVcpuBusy(m, s) && isQuiet(m, s),
    apply: (m, s) => {
      s.closed[0] = 1
      s.guestView.fill(0)
      s.dmaShared.fill(0)
      startPlan(m, s, 0, 'teardown')
    },
  }),
}
