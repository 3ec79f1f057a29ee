import { vtdAttachBlocks, vtdAttachHitless } from '../../../spec/index.js'
import { device, domain, vcpu } from '../parameters.js'
import { planRow } from '../row.js'

/** Which domain a device is attached to. */
export const domainRows = {
  'vtd.block-translation': planRow({
    params: { vcpu, device },
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdAttachBlocks],
    needs: undefined,
    apply: (_, s, a) => {
      s.attached[a[2]] = 0
    },
  }),
  'vtd.attach': planRow({
    params: { vcpu, device, domain },
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdAttachHitless],
    needs: undefined,
    apply: (m, s, a) => {
      s.attached[a[2]] = a[3] + 1
      m.touched.all()
    },
  }),
}
