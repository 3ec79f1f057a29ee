import {
  acrnStatusWord,
  vtdQueueError,
  vtdQueueErrorLater,
  vtdQueueErrorWaits,
  vtdResultIgnored,
  vtdStatusWritten,
  vtdTimeOut,
  vtdTimeOutRestarts,
} from '../../../../spec/index.js'
import { someSet } from '../../../machine/any-active.js'
import { Errno } from '../../../machine/errno.js'
import type { Machine } from '../../../machine/machine.js'
import { type State, WaitError } from '../../../machine/state.js'
import type { UnitId, VcpuId } from '../../../machine/units.js'
import { views } from '../../accessed.js'
import { failedWaits } from '../../needs.js'
import { unit, vcpu } from '../../parameters.js'
import { type CodeOf, places } from '../../places.js'
import { chooseFirst, environmentRow, type Fail, planRow } from '../../row.js'
import { awaits, awaitsWord, Descriptor, dequeue, endWait, headOf } from './queue-state.js'

const arg = places('unit')
const vcpuArg = places('vcpu')

const ended = (error: number) => (_: Machine, s: State, a: CodeOf<['vcpu']>) =>
  s.waitError.length > 0 && s.waitError[a[vcpuArg.vcpu]] === error

/** The wait was aborted: what stood before it may not have been done. */
export const aborted: Fail<['vcpu']> = { rule: vtdTimeOutRestarts, errno: Errno.EAGAIN, when: ended(WaitError.Aborted) }
const refused: Fail<['vcpu']> = { rule: vtdQueueErrorWaits, errno: Errno.EINVAL, when: ended(WaitError.Refused) }

/** Whether software ends the wait for a batch at an error of its descriptor at the head. */
function endsWait(m: Machine, s: State, unit: UnitId): boolean {
  const owner = s.queueOwner[headOf(m, s, unit)]
  if (owner >= m.scope.vcpus) return false
  return (s.batchBegun[owner] & (1 << unit)) === 0 || m.platform.queueErrorLater === 'ends-wait'
}

/**
 * Waits that end without what they wait for. The unit fetches nothing from the error on until software has cleared it;
 * that is one step here, since a queue that stands still differs in nothing from one that is slow. Where software does
 * not clear an error, no later wait ends: that says nothing of a design, and no such step is there.
 */
export const failedWaitRows = {
  'iommu.refuse-descriptor': environmentRow({
    says: 'A unit refuses the descriptor at its head: Linux puts a wait in its place, and waits for nothing behind it.',
    actor: 'iommu',
    params: [unit],
    fairness: 'chosen',
    weight: 60,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdQueueError, vtdQueueErrorWaits, vtdQueueErrorLater, vtdResultIgnored],
    reads: views('queue batchBegun queueErrorsLeft'),
    writes: views('queue queueErrorsLeft waitError'),
    needs: { on: ({ scope }) => scope.queueErrors > 0, says: 'scope queueErrors=1' },
    candidates: (m, s) => (someSet(s.queueErrorsLeft) ? m.scope.units : 0),
    choose: chooseFirst,
    possible: (m, s, a) => {
      const head = headOf(m, s, a[arg.unit])
      const kind = s.queueKind[head]
      if (s.queueErrorsLeft.length === 0 || s.queueErrorsLeft[0] === 0 || kind === Descriptor.None) return false
      return kind !== Descriptor.Context && s.queuePhase[head] === 0 && endsWait(m, s, a[arg.unit])
    },
    apply: (m, s, a) => {
      const head = headOf(m, s, a[arg.unit])
      s.queueErrorsLeft[0] -= 1
      endWait(m, s, a[arg.unit], s.queueOwner[head], WaitError.Refused)
      s.queueKind[head] = Descriptor.Wait
      s.queuePhase[head] = 1
      for (const field of [s.queueDomain, s.queueFirst, s.queueCount, s.queueHint]) field[head] = 0
    },
  }),
  'iommu.time-out': environmentRow({
    says: 'A device does not answer: every wait in the queue is aborted, and what stands behind is done all the same.',
    actor: 'iommu',
    params: [unit],
    fairness: 'chosen',
    weight: 60,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdTimeOut, vtdTimeOutRestarts],
    reads: views('queue timeOutsLeft'),
    writes: views('queue timeOutsLeft waitError'),
    needs: {
      on: ({ scope, parts, platform }) => scope.timeOuts > 0 && parts.deviceTlb && platform.ats,
      says: 'scope timeOuts=1, and ats=true of the platform',
    },
    candidates: (m, s) => (someSet(s.timeOutsLeft) ? m.scope.units : 0),
    choose: chooseFirst,
    possible: (m, s, a) => {
      const head = headOf(m, s, a[arg.unit])
      if (s.timeOutsLeft.length === 0 || s.timeOutsLeft[0] === 0) return false
      return s.queueKind[head] === Descriptor.DeviceTlb && s.queuePhase[head] === 0
    },
    apply: (m, s, a) => {
      s.timeOutsLeft[0] -= 1
      for (let vcpu: VcpuId = 0; vcpu < m.scope.vcpus; vcpu += 1) endWait(m, s, a[arg.unit], vcpu, WaitError.Aborted)
      dequeue(m, s, a[arg.unit])
    },
  }),
  'iommu.start-batch': planRow({
    says: 'Before the first descriptor of a batch: nothing is known yet of its wait.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdStatusWritten],
    reads: views('statusWord'),
    writes: views('own.batchBegun own.waitError statusWord'),
    needs: failedWaits,
    apply: (_, s, a) => {
      s.waitError[a[vcpuArg.vcpu]] = WaitError.None
      if (s.batchBegun.length > 0) s.batchBegun[a[vcpuArg.vcpu]] = 0
      s.statusWord.fill(0)
    },
  }),
  'iommu.wait-checked': planRow({
    says: 'A wait that also looks at whether the unit refused a descriptor.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdStatusWritten],
    reads: views('own.waitError queueKind queueOwner'),
    writes: views(),
    needs: failedWaits,
    ready: (_, s, a) => !awaits(s, a[vcpuArg.vcpu]),
    fails: [aborted, refused],
    apply: () => undefined,
  }),
  'iommu.wait-for-word': planRow({
    says: 'The same with one status word for all batches of a unit, which a wait that was given up writes late.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdStatusWritten, acrnStatusWord],
    reads: views('own.waitError queueKind queueOwner statusWord'),
    writes: views(),
    needs: failedWaits,
    ready: (m, s, a) => !awaitsWord(m, s, a[vcpuArg.vcpu]),
    fails: [aborted, refused],
    apply: () => undefined,
  }),
}
