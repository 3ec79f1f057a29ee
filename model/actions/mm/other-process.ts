import { iommufdAccountProcess, iommufdAccountUser, typeChargedToMapper, typeLockedPages } from '../../../spec/index.js'
import { someVcpuBusy } from '../../machine/any-active.js'
import { views } from '../accessed.js'
import { processes } from '../needs.js'
import { environmentRow } from '../row.js'

/** Processes of the user that the VMM belongs to: another one, and the one that the VMM becomes. */
export const otherProcessRows = {
  'mm.lock-elsewhere': environmentRow({
    says: 'Another process of the user locks a page, within the limit that it has itself.',
    actor: 'thread',
    params: [],
    fairness: 'chosen',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [typeLockedPages, iommufdAccountUser, iommufdAccountProcess],
    reads: views('lockedElsewhere lockedPages'),
    writes: views('lockedElsewhere'),
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
  /** An exec ends all threads but one, so that no call is under way. The new process has nothing locked. */
  'vmm.change-process': environmentRow({
    says: 'The process that calls the driver becomes another: what it maps from now on is charged to that one.',
    actor: 'thread',
    params: [],
    fairness: 'chosen',
    weight: 20,
    plan: 'outside',
    outcome: 'errno',
    page: undefined,
    rules: [typeChargedToMapper],
    reads: views('phase process'),
    writes: views('process'),
    needs: processes,
    candidates: (_, s) => s.process.length,
    choose: () => undefined,
    possible: (m, s) => s.process.length > 0 && s.process[0] === 0 && !someVcpuBusy(m, s),
    apply: (_, s) => {
      s.process[0] = 1
    },
  }),
}
