import { iommufdReplaceOrder } from '../../../spec/index.js'
import { domain, vcpu } from '../parameters.js'
import { planRow } from '../row.js'

/** Which domain iommufd maps into. */
export const iommufdDomainRows = {
  'iommufd.use-domain': planRow({
    params: { vcpu, domain },
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdReplaceOrder],
    needs: undefined,
    apply: (_, s, a) => {
      s.domain[0] = a[2]
    },
  }),
}
