import {
  discardUnseenByDevice,
  dontneedOrphansPinned,
  kvmFreeAfterFlush,
  munmapUnseenByDevice,
  notifierBeforeFree,
  punchFreesUnpinned,
  punchOrphansPinned,
  punchRefused,
} from '../../../spec/index.js'
import { Failure } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import { views } from '../accessed.js'
import { takeOut } from '../mm/backing.js'
import { twoBackings } from '../needs.js'
import { gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { planRow } from '../row.js'

const arg = places('vcpu', 'gfn')

/** The shared backing. */
export const hostMemoryRows = {
  'shmem.punch-hole': planRow({
    says: 'Discards one page of the shared backing: freed, or orphaned if something pins it.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [
      punchFreesUnpinned,
      punchOrphansPinned,
      dontneedOrphansPinned,
      discardUnseenByDevice,
      notifierBeforeFree,
      kvmFreeAfterFlush,
      munmapUnseenByDevice,
    ],
    reads: views('faultGfn orphans own.armed pins sharedFrame vcpuTlb faultShared'),
    writes: views('hva orphans own.armed owner poison sharedEpt sharedFrame tag faultShared faultStale'),
    needs: twoBackings,
    mayFail: { what: Failure.Discard, rule: punchRefused, errno: Errno.EPERM },
    apply: (m, s, a) => takeOut(m, s, a[arg.gfn]),
  }),
}
