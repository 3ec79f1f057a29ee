import { iommufdReplaceOrder } from '../../../spec/index.js'
import { noteOtherRights } from '../../memory/page-table.js'
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
    reads: views('domain pde pte'),
    writes: views('domain'),
    needs: undefined,
    apply: (m, s, a) => {
      const [from, to] = [s.domain[0] * m.regions, a[arg.domain] * m.regions]
      for (let at = 0; at < m.regions; at += 1) {
        noteOtherRights(m, s, { at: from + at, pde: s.pde[from + at] }, to + at)
      }
      s.domain[0] = a[arg.domain]
    },
  }),
}
