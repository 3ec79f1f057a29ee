import type { Rule } from '../../../spec/index.js'
import type { Machine } from '../../machine/machine.js'
import { Dmar, type State, Tdisp } from '../../machine/state.js'
import type { DeviceId } from '../../machine/units.js'
import { views } from '../accessed.js'
import { device } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow, type Fail, type Needs } from '../row.js'
import { isTrusted, isVerified } from './trusted-paths.js'

const arg = places('device')

/** What an architecture says of a step by which the guest has its device reach its memory, or no longer. */
interface Switch {
  readonly says: string
  readonly rules: readonly [Rule, ...Rule[]]
  readonly needs: Needs
  readonly fails?: readonly Fail<['device']>[]
  /** When it may come, beside what every architecture asks; always, if left out. */
  readonly when?: (s: State, device: DeviceId) => boolean
}

/** When a guest has its device reach its memory: once the interface runs, and the guest has verified it. */
const mayEnable = (m: Machine, s: State, device: DeviceId): boolean =>
  m.program.guestMistake === 'enables-unverified' ||
  (isVerified(s, device) && (s.tdisp.length === 0 || s.tdisp[device] === Tdisp.Run))

const switchRow = ({ says, rules, needs, fails = [], when = () => true }: Switch, from: number, to: number) =>
  environmentRow({
    says,
    actor: 'vcpu',
    params: [device],
    fairness: 'chosen',
    weight: to === Dmar.Present ? 60 : 40,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules,
    reads: views('attested dmar tdDead tdisp'),
    writes: views('dmar'),
    needs,
    fails,
    candidates: (m) => m.trusted,
    choose: chooseFirst,
    possible: (m, s, a) =>
      isTrusted(m, a[arg.device]) &&
      s.tdDead[0] === 0 &&
      s.dmar[a[arg.device]] === from &&
      when(s, a[arg.device]) &&
      (to === Dmar.Free || mayEnable(m, s, a[arg.device])),
    apply: (m, s, a) => {
      s.dmar[a[arg.device]] = to
      m.touched.all()
    },
  })

/** Rows for architectures whose guests enable the DMA of a device by one call, and disable it by another. */
export const enableRow = (says: Switch) => switchRow(says, Dmar.Free, Dmar.Present)
/** The counterpart of `enableRow`: from present to free. */
export const disableRow = (says: Switch) => switchRow(says, Dmar.Present, Dmar.Free)
