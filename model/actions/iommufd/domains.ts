import { iommufdReplaceOrder } from '../../../spec/index.js'
import { views } from '../accessed.js'
import { domain, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { planRow } from '../row.js'

const arg = places('vcpu', 'domain')

/** Which domain iommufd maps into. */
export const iommufdDomainRows = {
  'iommufd.use-domain': planRow({
    says: 'iommufd uses another domain from here on: maps and unmaps change its tables.',
    params: [vcpu, domain],
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdReplaceOrder],
    reads: views(),
    writes: views('domain'),
    needs: undefined,
    apply: (_, s, a) => {
      s.domain[0] = a[arg.domain]
    },
  }),
}
