import { vtdFaultSoftwareClears } from '../../../spec/index.js'
import { views } from '../accessed.js'
import { unit } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow } from '../row.js'

const arg = places('unit')

/** Software reads and clears what a unit has recorded of blocked DMA. */
export const vtdFaultRows = {
  'iommu.read-faults': environmentRow({
    says: 'Software reads and clears what a unit has recorded of blocked DMA.',
    actor: 'iommu',
    params: [unit],
    fairness: 'chosen',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdFaultSoftwareClears],
    reads: views('faultLog'),
    writes: views('faultLog'),
    needs: { on: ({ parts }) => parts.faultCount, says: 'parts faultCount' },
    candidates: (_, s) => s.faults.length,
    choose: chooseFirst,
    possible: (_, s, a) => s.faults[a[arg.unit]] > 0 || s.overflow[a[arg.unit]] === 1,
    apply: (m, s, a) => {
      s.faults[a[arg.unit]] = 0
      s.overflow[a[arg.unit]] = 0
      const registers = m.scope.faultRecords
      if (s.faultRecord.length > 0) s.faultRecord.fill(0, a[arg.unit] * registers, (a[arg.unit] + 1) * registers)
    },
  }),
}
