import {
  ccaVdevUnlockStopsFirst,
  coveIoStopThenDisable,
  coveIoUnbindByHost,
  tdispChangeIsError,
  tdispEvidenceFirst,
  tdispEvidenceOfThisLock,
  tdispLockFromUnlocked,
  tdispRunFromLocked,
  tdispStopFromAny,
} from '../../../spec/index.js'
import type { Machine } from '../../machine/machine.js'
import { Dma, Dmar, type State, Tdisp } from '../../machine/state.js'
import type { DeviceId } from '../../machine/units.js'
import { views } from '../accessed.js'
import { interfaceLife } from '../needs.js'
import { device } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow } from '../row.js'
import { isUsable } from './trusted-paths.js'

const arg = places('device')

/** Whether the interface of a device is locked for the guest, or runs. */
export const isLocked = (s: State, device: DeviceId): boolean =>
  s.tdisp.length === 0 || s.tdisp[device] === Tdisp.Locked || s.tdisp[device] === Tdisp.Run

/** Whether it is bound to the guest, be it by an error. */
export const isBound = (s: State, device: DeviceId): boolean =>
  s.tdisp.length === 0 || s.tdisp[device] !== Tdisp.Unlocked

/** What one step of the life of an interface does, by which rules, and when it may come. */
interface Stage {
  readonly says: string
  readonly actor: 'vcpu' | 'thread'
  readonly rules: Parameters<typeof environmentRow>[0]['rules']
  readonly possible: (m: Machine, s: State, device: DeviceId) => boolean
  readonly apply: (s: State, device: DeviceId, m: Machine) => void
}

const stageRow = ({ says, actor, rules, possible, apply }: Stage) =>
  environmentRow({
    says,
    actor,
    params: [device],
    fairness: 'chosen',
    weight: 40,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules,
    reads: views('attested dma dmar tdDead tdisp'),
    writes: views('attested dmar tdisp'),
    needs: interfaceLife,
    candidates: (_, s) => s.tdisp.length,
    choose: chooseFirst,
    possible: (m: Machine, s: State, a) =>
      a[arg.device] < s.tdisp.length && s.tdDead[0] === 0 && possible(m, s, a[arg.device]),
    apply: (m: Machine, s: State, a) => {
      apply(s, a[arg.device], m)
      m.touched.all()
    },
  })

/**
 * A guest that follows the rules stops an interface only once the device reaches nothing by its entry any more. The RMM
 * and the TSM see to that by themselves.
 */
const mayStop = (m: Machine, s: State, device: DeviceId): boolean =>
  m.realm || m.tsm || m.program.guestMistake === 'stops-enabled' || !isUsable(s, device)

/** Whether the same call that stops an interface takes its entry away before anyone else can use it. */
const stopDisables = (m: Machine): boolean => m.realm || (m.tsm && m.program.guestMistake !== 'stops-enabled')

/** The life of the interface of a device by TDISP, as the guest, or the host for it, asks the firmware. */
export const interfaceRows = {
  'tdisp.lock': stageRow({
    says: 'The host has the interface of a device locked for the guest, which asked for that.',
    actor: 'thread',
    rules: [tdispLockFromUnlocked],
    possible: (_, s, device) => s.tdisp[device] === Tdisp.Unlocked,
    apply: (s, device) => {
      s.tdisp[device] = Tdisp.Locked
    },
  }),
  'tdisp.verify': stageRow({
    says: 'The guest verifies the evidence of a locked interface, and relies on the device from now on.',
    actor: 'vcpu',
    rules: [tdispEvidenceFirst, tdispEvidenceOfThisLock],
    possible: (_, s, device) => s.tdisp[device] === Tdisp.Locked && s.attested[device] === 0,
    apply: (s, device) => {
      s.attested[device] = 1
    },
  }),
  'tdisp.run': stageRow({
    says: 'The guest has the interface that it has verified run.',
    actor: 'vcpu',
    rules: [tdispRunFromLocked, tdispEvidenceFirst],
    possible: (m, s, device) =>
      s.tdisp[device] === Tdisp.Locked && (s.attested[device] === 1 || m.program.guestMistake === 'enables-unverified'),
    apply: (s, device) => {
      s.tdisp[device] = Tdisp.Run
    },
  }),
  'tdisp.change': stageRow({
    says: 'The configuration of a locked interface is changed, which is an error: the device is to be stopped.',
    actor: 'thread',
    rules: [tdispChangeIsError],
    possible: (_, s, device) => s.tdisp[device] === Tdisp.Locked || s.tdisp[device] === Tdisp.Run,
    apply: (s, device) => {
      s.tdisp[device] = Tdisp.Error
    },
  }),
  'tdisp.stop': stageRow({
    says: 'The interface is stopped once its DMA is done: the host may configure the device again.',
    actor: 'vcpu',
    rules: [
      tdispStopFromAny,
      tdispEvidenceOfThisLock,
      ccaVdevUnlockStopsFirst,
      coveIoUnbindByHost,
      coveIoStopThenDisable,
    ],
    possible: (m, s, device) =>
      s.tdisp[device] !== Tdisp.Unlocked && s.dma[device] === Dma.Idle && mayStop(m, s, device),
    apply: (s, device, m) => {
      if (stopDisables(m)) s.dmar[device] = Dmar.Free
      s.tdisp[device] = Tdisp.Unlocked
      s.attested[device] = 0
    },
  }),
}
