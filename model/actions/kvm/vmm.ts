import { crosvmFixedPool, qemuBitmapFirst, qemuSameStateSkipped } from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import { Attr } from '../../machine/state.js'
import { nothing } from '../container/checks.js'
import { count, flag, page, side, vcpu } from '../parameters.js'
import { planRow } from '../row.js'

/** What a VMM checks before it does what the guest asks, and what it notes for itself. */
export const vmmRows = {
  /** A fixed pool: everything inside stays shared, everything outside stays private. */
  'vmm.check-pool': planRow({
    params: { vcpu, iovfn: page, count, allowed: flag },
    lock: undefined,
    requires: undefined,
    placeMatters: 'the pool is the first superpage',
    rules: [crosvmFixedPool],
    needs: undefined,
    fails: [{ rule: crosvmFixedPool, errno: Errno.EPERM, when: (_, __, a) => a[4] === 0 }],
    apply: nothing,
  }),
  /** The VMM's own book: what it takes a page for, whatever is mapped. */
  'vmm.note-page': planRow({
    params: { vcpu, gfn: page, as: side },
    lock: undefined,
    requires: (_, s) => s.noted.length > 0,
    placeMatters: false,
    rules: [qemuBitmapFirst, qemuSameStateSkipped],
    needs: undefined,
    apply: (_, s, a) => {
      s.noted[a[2]] = a[3] === Attr.Shared ? 1 : 0
    },
  }),
}
