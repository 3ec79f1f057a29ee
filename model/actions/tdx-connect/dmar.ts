import {
  dmarAcceptByGuest,
  dmarAcceptLocked,
  dmarAcceptState,
  dmarAddFree,
  dmarBlockStates,
  dmarRemoveBlocked,
  dmarRemoveInvalidated,
  dmarRemoveTracked,
} from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import { Dmar, type State, TdInvalidation } from '../../machine/state.js'
import type { DeviceId } from '../../machine/units.js'
import { isInGuest } from '../../memory/guest-access.js'
import { views } from '../accessed.js'
import { trustedByModule } from '../needs.js'
import { device, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { chooseByVcpu, environmentRow, planRow } from '../row.js'
import { connectBusy } from '../tdx/seamcall.js'
import { isLocked } from '../trusted/interface.js'
import { isTrusted, isVerified, someIommuOwes } from '../trusted/trusted-paths.js'

const arg = places('vcpu', 'device')

const mappingState = Errno.TDX_DMAR_INVALID_MAPPING_STATE
const isDmarBlocked = (s: State, device: DeviceId): boolean =>
  s.dmar[device] === Dmar.Blocked || s.dmar[device] === Dmar.PendingBlocked

/** Calls on the entry of a device in the tables of the TDX module: its PASID entry; the tables above are there. */
export const dmarRows = {
  'tdh.dmar.add-entry': planRow({
    says: 'The TDX module adds an entry for a device, which leads nowhere until the guest has accepted it.',
    params: [vcpu, device],
    lock: undefined,
    requires: (m, _, a) => isTrusted(m, a[arg.device]),
    placeMatters: false,
    rules: [dmarAddFree],
    reads: views('dmar own.armed'),
    writes: views('dmar own.armed'),
    needs: trustedByModule,
    fails: [{ rule: dmarAddFree, errno: mappingState, when: (_, s, a) => s.dmar[a[arg.device]] !== Dmar.Free }],
    mayFail: connectBusy,
    apply: (_, s, a) => {
      s.dmar[a[arg.device]] = Dmar.Pending
    },
  }),
  'tdg.dmar.accept-entry': environmentRow({
    says: 'The guest accepts the entry for its device, which from now on translates by the secure EPT.',
    actor: 'vcpu',
    params: [vcpu, device],
    fairness: 'chosen',
    weight: 40,
    plan: 'outside',
    outcome: 'errno',
    page: undefined,
    rules: [dmarAcceptByGuest],
    reads: views('attested closed dmar own.faultGfn own.phase tdDead tdisp'),
    writes: views(),
    needs: trustedByModule,
    fails: [
      {
        rule: dmarAcceptState,
        errno: mappingState,
        when: (_, s, a) => s.dmar[a[arg.device]] !== Dmar.Pending && s.dmar[a[arg.device]] !== Dmar.Present,
      },
      {
        rule: dmarAcceptLocked,
        errno: Errno.TDX_DEVIF_TDISP_INVALID_STATE,
        when: (_, s, a) => !isLocked(s, a[arg.device]),
      },
    ],
    candidates: (m) => m.scope.vcpus * m.trusted,
    choose: chooseByVcpu,
    possible: (m, s, a) =>
      isTrusted(m, a[arg.device]) &&
      isInGuest(s, a[arg.vcpu]) &&
      s.dmar[a[arg.device]] !== Dmar.Present &&
      (isVerified(s, a[arg.device]) || m.program.guestMistake === 'enables-unverified'),
    apply: (m, s, a) => {
      s.dmar[a[arg.device]] = Dmar.Present
      s.dmarInvalidation[a[arg.device]] = TdInvalidation.None
      m.touched.all()
    },
  }),
  'tdh.dmar.block-entry': planRow({
    says: 'The TDX module blocks the entry for a device; what the unit has cached of it is still used.',
    params: [vcpu, device],
    lock: undefined,
    requires: (m, _, a) => isTrusted(m, a[arg.device]),
    placeMatters: false,
    rules: [dmarBlockStates],
    reads: views('dmar own.armed'),
    writes: views('dmar dmarInvalidation own.armed'),
    needs: trustedByModule,
    fails: [
      {
        rule: dmarBlockStates,
        errno: mappingState,
        when: (_, s, a) => s.dmar[a[arg.device]] !== Dmar.Pending && s.dmar[a[arg.device]] !== Dmar.Present,
      },
    ],
    mayFail: connectBusy,
    apply: (_, s, a) => {
      s.dmar[a[arg.device]] = s.dmar[a[arg.device]] === Dmar.Present ? Dmar.Blocked : Dmar.PendingBlocked
      s.dmarInvalidation[a[arg.device]] = TdInvalidation.None
    },
  }),
  'tdh.dmar.remove-entry': planRow({
    says: 'The TDX module removes the entry for a device, which is blocked and invalidated.',
    params: [vcpu, device],
    lock: undefined,
    requires: (m, _, a) => isTrusted(m, a[arg.device]),
    placeMatters: false,
    rules: [dmarRemoveBlocked, dmarRemoveInvalidated],
    reads: views('dmar dmarInvalidation iotlbOwed own.armed'),
    writes: views('dmar dmarInvalidation own.armed'),
    needs: trustedByModule,
    fails: [
      { rule: dmarRemoveBlocked, errno: mappingState, when: (_, s, a) => !isDmarBlocked(s, a[arg.device]) },
      {
        rule: dmarRemoveInvalidated,
        errno: Errno.TDX_DMAR_INVALID_INV_STATE,
        when: (_, s, a) => s.dmarInvalidation[a[arg.device]] !== TdInvalidation.Done,
      },
      {
        rule: dmarRemoveTracked,
        errno: Errno.TDX_IOMMU_IOTLB_TRACKING_NOT_DONE,
        when: (_, s, a) => s.dmar[a[arg.device]] === Dmar.Blocked && someIommuOwes(s),
      },
    ],
    mayFail: connectBusy,
    apply: (_, s, a) => {
      s.dmar[a[arg.device]] = Dmar.Free
      s.dmarInvalidation[a[arg.device]] = TdInvalidation.None
    },
  }),
}
