import {
  snpEntryNeedsBound,
  snpFencedBeforeHandOver,
  snpGuestWritesEntry,
  snpPrivateFramesInTable,
  snpSecureEntry,
  snpTrustedDeviceByHostTable,
  snpUnlockKeepsEntry,
  tdispEvidenceFirst,
  vtdDrainAsked,
  vtdNoDrain,
} from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import { views } from '../accessed.js'
import { trustedByHost } from '../needs.js'
import { gfn, unit, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { type Fail, planRow } from '../row.js'
import { disableRow, enableRow } from '../trusted/entry.js'
import { isBound } from '../trusted/interface.js'
import { dropAll, isDrained } from '../trusted/trusted-cache.js'
import { assign } from './assignment.js'

const arg = places('vcpu', 'gfn')
const deviceArg = places('device')
const unitArg = places('vcpu', 'unit')

const unbound: Fail<['device']> = {
  rule: snpEntryNeedsBound,
  errno: Errno.SDTE_WRITE_TDI_NOT_BOUND,
  when: (_, s, a) => !isBound(s, a[deviceArg.device]),
}

/** The secure entry of a device, which the guest has the firmware write, and the table of the host behind it. */
export const trustedTableRows = {
  'snp.enable-dma': enableRow({
    says: 'The guest has the firmware write the secure entry of its device, which reaches private memory from now on.',
    rules: [snpSecureEntry, snpGuestWritesEntry, tdispEvidenceFirst],
    needs: trustedByHost,
    fails: [unbound],
  }),
  'snp.disable-dma': disableRow({
    says: 'The guest has the firmware clear the secure entry of its device, which reaches nothing by it any more.',
    rules: [snpGuestWritesEntry, snpUnlockKeepsEntry],
    needs: trustedByHost,
    fails: [unbound],
  }),
  'iommufd.map-private': planRow({
    says: 'IOMMUFD looks the private frame of a page up, which KVM assigns, and maps it for trusted devices.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [snpPrivateFramesInTable, snpTrustedDeviceByHostTable],
    reads: views('sept privateFrame owner pins freedAssigned'),
    writes: views('owner tag privateFrame sept trustedPte'),
    needs: trustedByHost,
    apply: (m, s, a) => {
      assign(m, s, a[arg.gfn])
      s.trustedPte[a[arg.gfn]] = m.inPlace ? a[arg.gfn] + 1 : s.privateFrame[a[arg.gfn]]
      m.touched.page(a[arg.gfn])
    },
  }),
  'iommufd.unmap-private': planRow({
    says: 'IOMMUFD unmaps a private page for trusted devices; units may have cached it.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [snpFencedBeforeHandOver],
    reads: views(),
    writes: views('trustedPte'),
    needs: trustedByHost,
    apply: (m, s, a) => {
      s.trustedPte[a[arg.gfn]] = 0
      m.touched.page(a[arg.gfn])
    },
  }),
  'iommufd.flush-private': planRow({
    says: 'A unit drops all that it has cached for trusted devices.',
    params: [vcpu, unit],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [snpFencedBeforeHandOver],
    reads: views('trustedTlb dma'),
    writes: views('trustedTlb trustedDrain'),
    needs: trustedByHost,
    apply: (m, s, a) => dropAll(m, s, a[unitArg.unit]),
  }),
  'iommufd.await-private': planRow({
    says: 'IOMMUFD waits until the unit is done, and with it the DMA of trusted devices that used what it dropped.',
    params: [vcpu, unit],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [snpFencedBeforeHandOver, vtdDrainAsked, vtdNoDrain],
    reads: views('trustedDrain'),
    writes: views(),
    needs: trustedByHost,
    ready: (m, s, a) => isDrained(m, s, a[unitArg.unit]),
    apply: () => undefined,
  }),
}
