import {
  crosvmFixedPool,
  qemuBitmapFirst,
  qemuOneRegion,
  qemuRegionByRegion,
  qemuSameStateSkipped,
} from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Attr } from '../../machine/state.js'
import type { Gfn } from '../../machine/units.js'
import { views } from '../accessed.js'
import { nothing } from '../container/checks.js'
import { allowed, count, gfn, iovfn, noted, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { planRow } from '../row.js'

const arg = places('vcpu', 'gfn', 'count')
const iovfnArg = places('vcpu', 'iovfn', 'count', 'allowed')
const asArg = places('vcpu', 'gfn', 'as')

/** First page behind the memory region of a page. */
export const regionEnd = ({ scope, pages }: Machine, gfn: Gfn): number =>
  scope.regionPages === 0 ? pages : (Math.floor(gfn / scope.regionPages) + 1) * scope.regionPages

/** What a VMM checks before it does what the guest asks, and what it notes for itself. */
export const vmmRows = {
  'vmm.check-pool': planRow({
    says: "The VMM's policy allows a conversion, or refuses it with EPERM.",
    params: [vcpu, iovfn, count, allowed],
    lock: undefined,
    requires: undefined,
    placeMatters: 'the pool is the first superpage',
    rules: [crosvmFixedPool],
    reads: views(),
    writes: views(),
    needs: undefined,
    fails: [{ rule: crosvmFixedPool, errno: Errno.EPERM, when: (_, __, a) => a[iovfnArg.allowed] === 0 }],
    apply: nothing,
  }),
  'vmm.find-region': planRow({
    says: 'The VMM looks for the one memory region of a range: a range over two is refused with EINVAL.',
    params: [vcpu, gfn, count],
    lock: undefined,
    requires: undefined,
    placeMatters: 'regions begin at multiples of their size',
    rules: [qemuOneRegion, qemuRegionByRegion],
    reads: views(),
    writes: views(),
    needs: { on: ({ scope }) => scope.regionPages > 0, says: 'scope regionPages=1' },
    fails: [
      {
        rule: qemuOneRegion,
        errno: Errno.EINVAL,
        when: (m, _, a) => a[arg.gfn] + a[arg.count] > regionEnd(m, a[arg.gfn]),
      },
    ],
    apply: nothing,
  }),
  'vmm.note-page': planRow({
    says: "The VMM's own bitmap: what it takes a page for, whatever is mapped.",
    params: [vcpu, gfn, noted],
    lock: undefined,
    requires: (_, s) => s.noted.length > 0,
    placeMatters: false,
    rules: [qemuBitmapFirst, qemuSameStateSkipped],
    reads: views(),
    writes: views('noted'),
    needs: undefined,
    apply: (_, s, a) => {
      s.noted[a[arg.gfn]] = a[asArg.as] === Attr.Shared ? 1 : 0
    },
  }),
}
