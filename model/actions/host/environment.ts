import {
  attributesReserveFirst,
  inPlaceNoMemory,
  iommufdMapMemlock,
  iommufdUnmapBusy,
  oneOwner,
  punchRefused,
  septOperandBusy,
} from '../../../spec/index.js'
import { someSet } from '../../machine/any-active.js'
import { Owner, Phase } from '../../machine/state.js'
import { views } from '../accessed.js'
import { frame, vcpu, what } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow } from '../row.js'

const arg = places('vcpu', 'what')
const frameArg = places('frame')

/** What the environment of the host decides: what fails, and which frame is free. */
export const environmentRows = {
  'host.fail-next': environmentRow({
    says: "The next allocation, pin, SEAMCALL, unmap or discard of a vCPU's plan fails, where its plans have one.",
    actor: 'thread',
    params: [vcpu, what],
    fairness: 'chosen',
    weight: 20,
    plan: 'during',
    outcome: 'errno',
    page: undefined,
    rules: [
      attributesReserveFirst,
      inPlaceNoMemory,
      iommufdMapMemlock,
      septOperandBusy,
      iommufdUnmapBusy,
      punchRefused,
    ],
    reads: views('failuresLeft own.armed own.phase'),
    writes: views('failuresLeft own.armed'),
    needs: { on: ({ scope }) => scope.failures > 0, says: 'scope failures=1' },
    candidates: (m, s) => (someSet(s.failuresLeft) ? s.armed.length * m.failures.length : 0),
    choose: (m, index, a) => {
      a[arg.vcpu] = index % m.scope.vcpus
      a[arg.what] = m.failures[Math.floor(index / m.scope.vcpus)]
    },
    possible: (_, s, a) =>
      s.armed.length > 0 &&
      s.failuresLeft[0] > 0 &&
      s.armed[a[arg.vcpu]] === 0 &&
      s.phase[a[arg.vcpu]] === Phase.Running,
    apply: (_, s, a) => {
      s.armed[a[arg.vcpu]] = a[arg.what]
      s.failuresLeft[0] -= 1
    },
  }),
  'host.choose-frame': environmentRow({
    says: 'With a common pool: which free frame the next allocation gets.',
    actor: 'thread',
    params: [frame],
    fairness: 'free',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [oneOwner],
    reads: views('nextFrame owner pins'),
    writes: views('nextFrame'),
    needs: { on: ({ scope }) => scope.frames === 'pool', says: 'scope frames=pool' },
    candidates: (_, s) => s.owner.length,
    choose: chooseFirst,
    possible: (_, s, a) =>
      s.nextFrame.length > 0 &&
      s.nextFrame[0] === 0 &&
      s.owner[a[frameArg.frame]] === Owner.Free &&
      s.pins[a[frameArg.frame]] === 0,
    apply: (_, s, a) => {
      s.nextFrame[0] = a[frameArg.frame] + 1
    },
  }),
}
