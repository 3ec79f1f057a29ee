import { iommufdAccountProcess, iommufdAccountUser, typeLockedPages } from '../../../spec/index.js'
import { environmentRow } from '../row.js'

/** What another process does that belongs to the user of the VMM. */
export const otherProcessRows = {
  'mm.lock-elsewhere': environmentRow({
    says: 'Another process of the user locks a page, within the limit that it has itself.',
    actor: 'thread',
    params: {},
    fairness: 'chosen',
    weight: 20,
    plan: 'none',
    page: undefined,
    rules: [typeLockedPages, iommufdAccountUser, iommufdAccountProcess],
    needs: { on: ({ scope }) => scope.lockedElsewhere > 0, says: 'scope lockedElsewhere=1' },
    candidates: (_, s) => s.lockedElsewhere.length,
    choose: () => undefined,
    possible: (m, s) => {
      if (s.lockedElsewhere.length === 0 || s.lockedElsewhere[0] >= m.scope.lockedElsewhere) return false
      const counted = s.lockedElsewhere[0] + (m.program.memlock === 'user' ? s.lockedPages[0] : 0)
      return counted < m.scope.memlockLimit
    },
    apply: (_, s) => {
      s.lockedElsewhere[0] += 1
    },
  }),
}
