import { vtdFaultSoftwareClears } from '../../../spec/index.js'
import { unit } from '../parameters.js'
import { environmentRow } from '../row.js'

/** Software reads and clears what a unit has recorded of blocked DMA. */
export const vtdFaultRows = {
  'vtd.read-faults': environmentRow({
    actor: 'iommu',
    params: { unit },
    fairness: 'chosen',
    weight: 20,
    plan: 'none',
    page: undefined,
    rules: [vtdFaultSoftwareClears],
    needs: { on: ({ parts }) => parts.faultCount, says: 'parts faultCount' },
    candidates: (_, s) => s.faults.length,
    choose: (_, index, a) => {
      a[1] = index
    },
    possible: (_, s, a) => s.faults[a[1]] > 0 || s.overflow[a[1]] === 1,
    apply: (m, s, a) => {
      s.faults[a[1]] = 0
      s.overflow[a[1]] = 0
      const registers = m.scope.faultRecords
      if (s.faultRecord.length > 0) s.faultRecord.fill(0, a[1] * registers, (a[1] + 1) * registers)
    },
  }),
}
