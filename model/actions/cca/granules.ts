import {
  ccaKvmFailedIsFreed,
  ccaKvmUnmapThenUndelegate,
  ccaUndelegateFromDelegated,
  ccaUndelegateScrubs,
} from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Granule, Owner, type State, Tag } from '../../machine/state.js'
import type { Frame, Gfn } from '../../machine/units.js'
import { touchFrame } from '../../memory/frame-allocator.js'
import { views } from '../accessed.js'
import { realm } from '../needs.js'
import { gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { planRow } from '../row.js'

const arg = places('vcpu', 'gfn')

/** The frame of a page's private side, or -1. */
export const privateFrameOf = (m: Machine, s: State, gfn: Gfn): number => (m.inPlace ? gfn : s.privateFrame[gfn] - 1)

const isDelegated = (m: Machine, s: State, gfn: Gfn): boolean => {
  const frame = privateFrameOf(m, s, gfn)
  return frame >= 0 && s.granule[frame] !== Granule.NonSecure
}

/** A granule of the host is the RMM's from here on. */
export function delegate(s: State, frame: Frame): void {
  s.granule[frame] = Granule.Delegated
  s.owner[frame] = Owner.Td
}

/** A granule without a use is overwritten, and is the host's again. */
export function undelegate(m: Machine, s: State, frame: Frame): void {
  s.granule[frame] = Granule.NonSecure
  s.owner[frame] = Owner.Removed
  if (s.tag.length > 0) s.tag[frame] = Tag.Zero
  m.event.removed = 1
  touchFrame(m, frame)
}

/** How the host takes back what it has delegated. */
export const granuleRows = {
  'rmi.granule-undelegate': planRow({
    says: 'The RMM overwrites a delegated granule, and gives it back to the host.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: (m, s, a) => isDelegated(m, s, a[arg.gfn]),
    placeMatters: false,
    rules: [ccaUndelegateFromDelegated, ccaUndelegateScrubs, ccaKvmUnmapThenUndelegate, ccaKvmFailedIsFreed],
    reads: views('granule privateFrame'),
    writes: views('granule owner tag'),
    needs: realm,
    fails: [
      {
        rule: ccaUndelegateFromDelegated,
        errno: Errno.RMI_ERROR_INPUT,
        when: (m, s, a) => s.granule[privateFrameOf(m, s, a[arg.gfn])] === Granule.Data,
      },
    ],
    apply: (m, s, a) => {
      undelegate(m, s, privateFrameOf(m, s, a[arg.gfn]))
      m.touched.page(a[arg.gfn])
    },
  }),
}
