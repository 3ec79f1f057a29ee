import { crosvmFixedPool } from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import { nothing } from '../container/checks.js'
import { count, flag, page, vcpu } from '../parameters.js'
import { planRow } from '../row.js'

/** What a VMM checks before it does what the guest asks. */
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
}
