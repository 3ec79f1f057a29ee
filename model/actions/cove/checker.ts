import { mptOldEntryUsable } from '../../../spec/index.js'
import { someSet } from '../../machine/any-active.js'
import { MptEntry } from '../../machine/state.js'
import { touchFrame } from '../../memory/frame-allocator.js'
import { views } from '../accessed.js'
import { keptMpt } from '../needs.js'
import { frame } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow } from '../row.js'

const arg = places('frame')

/** What an I/O MPT checker does by itself. */
export const checkerRows = {
  'riscv.mpt-evict': environmentRow({
    says: 'The I/O MPT checkers drop what they have of a frame from before it became confidential, or was reclaimed.',
    actor: 'iommu',
    params: [frame],
    fairness: 'free',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [mptOldEntryUsable],
    reads: views('mptKept'),
    writes: views('mptKept'),
    needs: keptMpt,
    candidates: (_, s) => (someSet(s.mptKept) ? s.mptKept.length : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.mptKept[a[arg.frame]] !== MptEntry.Current,
    apply: (m, s, a) => {
      s.mptKept[a[arg.frame]] = MptEntry.Current
      touchFrame(m, a[arg.frame])
    },
  }),
}
