import {
  ccaTlbiAtSmmu,
  ccaVdevByRtt,
  ccaVdevDisabledByRealm,
  ccaVdevEnableNeedsStarted,
  ccaVdevStartsDisabled,
  smmuSyncCompletes,
  tdispEvidenceFirst,
} from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import { Tdisp } from '../../machine/state.js'
import { views } from '../accessed.js'
import { trustedByRtt } from '../needs.js'
import { gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { planRow } from '../row.js'
import { disableRow, enableRow } from '../trusted/entry.js'
import { areDrained, dropPage } from '../trusted/trusted-cache.js'
import { isVerified } from '../trusted/trusted-paths.js'

const arg = places('vcpu', 'gfn')
const deviceArg = places('device')

/** Devices that a realm trusts: whether their stream table entry is on, and what an unmap of the RTT owes the SMMU. */
export const vdevRows = {
  'rsi.vdev-dma-enable': enableRow({
    says: 'The realm enables the DMA of its device, which reaches protected pages by the RTT from now on.',
    rules: [ccaVdevByRtt, ccaVdevStartsDisabled, tdispEvidenceFirst],
    needs: trustedByRtt,
    fails: [
      {
        rule: ccaVdevEnableNeedsStarted,
        errno: Errno.RSI_ERROR_DEVICE,
        when: (_, s, a) =>
          s.tdisp.length > 0 && !(s.tdisp[a[deviceArg.device]] === Tdisp.Run && isVerified(s, a[deviceArg.device])),
      },
    ],
  }),
  'rsi.vdev-dma-disable': disableRow({
    says: 'The realm disables the DMA of its device, whose stream table entry leads nowhere any more.',
    rules: [ccaVdevDisabledByRealm],
    needs: trustedByRtt,
  }),
  'rmm.tlbi-smmu': planRow({
    says: 'The RMM has every SMMU invalidate the translations of an entry that it has unmapped.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [ccaTlbiAtSmmu],
    reads: views('dma trustedKey trustedFrame'),
    writes: views('trustedKey trustedFrame trustedDrain'),
    needs: trustedByRtt,
    apply: (m, s, a) => dropPage(m, s, a[arg.gfn]),
  }),
  'rmm.sync-smmu': planRow({
    says: 'The RMM waits for the CMD_SYNC of every SMMU, and with it for the DMA that used what was invalidated.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [ccaTlbiAtSmmu, smmuSyncCompletes],
    reads: views('trustedDrain'),
    writes: views(),
    needs: trustedByRtt,
    ready: (m, s) => areDrained(m, s),
    apply: () => undefined,
  }),
}
