import {
  coveIoCachesInvalidated,
  coveIoDisabledAtBind,
  coveIoEnabledAtStart,
  coveIoStartFromLocked,
  coveIoStopThenDisable,
  riscvFenceOrdersProcessed,
  riscvInvalidationByAddress,
  riscvReclaimOrder,
  tdispEvidenceFirst,
} from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import { Tdisp } from '../../machine/state.js'
import { views } from '../accessed.js'
import { trustedByTsm } from '../needs.js'
import { gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { planRow } from '../row.js'
import { disableRow, enableRow } from '../trusted/entry.js'
import { areDrained, dropPage } from '../trusted/trusted-cache.js'

const arg = places('vcpu', 'gfn')
const deviceArg = places('device')

/** Devices that are bound to a TVM: whether the TSM translates for them, and what a change of the G-stage owes. */
export const boundDeviceRows = {
  'cove.enable-translation': enableRow({
    says: 'The TSM enables the translation of a device that the guest has started: it reaches private memory from now.',
    rules: [coveIoEnabledAtStart, coveIoDisabledAtBind, tdispEvidenceFirst],
    needs: trustedByTsm,
    fails: [
      {
        rule: coveIoStartFromLocked,
        errno: Errno.SBI_ERR_FAILED,
        when: (_, s, a) => s.tdisp.length > 0 && s.tdisp[a[deviceArg.device]] !== Tdisp.Run,
      },
    ],
  }),
  'cove.disable-translation': disableRow({
    says: 'The TSM disables the translation of a device whose interface it has had stopped.',
    rules: [coveIoStopThenDisable],
    needs: trustedByTsm,
    when: (s, device) => s.tdisp.length === 0 || s.tdisp[device] === Tdisp.Unlocked,
  }),
  'cove.iotinval': planRow({
    says: 'The TSM has every IOMMU of its own invalidate what it has cached of a page.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [coveIoCachesInvalidated, riscvInvalidationByAddress],
    reads: views('dma trustedKey trustedFrame'),
    writes: views('trustedKey trustedFrame trustedDrain'),
    needs: trustedByTsm,
    apply: (m, s, a) => dropPage(m, s, a[arg.gfn]),
  }),
  'cove.iofence': planRow({
    says: 'The TSM waits for the IOFENCE.C of these IOMMUs, and with it for the DMA that used what was invalidated.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [coveIoCachesInvalidated, riscvReclaimOrder, riscvFenceOrdersProcessed],
    reads: views('trustedDrain'),
    writes: views(),
    needs: trustedByTsm,
    ready: (m, s) => areDrained(m, s),
    apply: () => undefined,
  }),
}
