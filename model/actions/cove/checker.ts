import { mptOldEntryUsable } from '../../../spec/index.js'
import { someSet } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { MptEntry, Owner, type State } from '../../machine/state.js'
import type { Frame } from '../../machine/units.js'
import { touchFrame } from '../mm/frame-allocator.js'
import { keptMpt } from '../needs.js'
import { frame } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow } from '../row.js'

const arg = places('frame')

/** Whether the frame is the guest's, or on RISC-V confidential memory that the host has not reclaimed. */
export const isConfidential = (m: Machine, s: State, frame: Frame): boolean =>
  s.owner[frame] === Owner.Td || (m.tsm && s.unflushed[frame] === 1)

/** Whether a device of the host is kept away from it. A checker goes by an old entry for as long as it keeps it. */
export function isKeptAway(m: Machine, s: State, frame: Frame): boolean {
  const kept = s.mptKept.length > 0 ? s.mptKept[frame] : MptEntry.Current
  return kept === MptEntry.Closed || (kept === MptEntry.Current && isConfidential(m, s, frame))
}

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
