import {
  typeEntryPerMap,
  typeLimitSampled,
  typeMapAlign,
  typeMapLimit,
  typeMapNoMemory,
  typeMapOverlap,
  typeMapRange,
  typeMapRights,
  typeMapWrap,
  typeMapWrap612,
  typeMapZero,
  typeNoModify,
} from '../../../spec/index.js'
import { Failure, Flaw } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Reg } from '../../machine/registers.js'
import type { State } from '../../machine/state.js'
import { views } from '../accessed.js'
import { flawed, noRights, overlaps, register, wraps } from '../container/checks.js'
import { insert } from '../container/mappings.js'
import { count, iovfn, vcpu } from '../parameters.js'
import type { CodeOf } from '../places.js'
import { type Fail, planRow } from '../row.js'
import { withoutGroup } from './unset.js'

/** Nothing is mapped outside the aperture, so nothing there is overlapped. */
const overlapsInside = (m: Machine, s: State, a: CodeOf<['vcpu', 'iovfn', 'count']>) =>
  register(s, a, Reg.flaw) !== Flaw.Outside && overlaps(m, s, a)

/** In the order of the source. */
const checks: readonly Fail<['vcpu', 'iovfn', 'count']>[] = [
  withoutGroup,
  flawed(typeMapZero, Flaw.Empty, Errno.EINVAL),
  ...wraps(typeMapWrap, typeMapWrap612),
  { rule: typeMapRights, errno: Errno.EINVAL, when: noRights },
  flawed(typeMapAlign, Flaw.Misaligned, Errno.EINVAL),
  { rule: typeMapOverlap, errno: Errno.EEXIST, when: overlapsInside },
  { rule: typeMapLimit, errno: Errno.ENOSPC, when: (m, s) => s.entriesUsed[0] >= m.scope.entryLimit },
  flawed(typeMapRange, Flaw.Outside, Errno.EINVAL),
]

/** Type1 maps: checks, memory for its entry, then the accounting. */
export const vfioMapRows = {
  'vfio.map-dma': planRow({
    says: 'Type1 checks the range of a map, and enters the mapping in its account.',
    params: [vcpu, iovfn, count],
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [typeEntryPerMap, typeNoModify, typeLimitSampled],
    reads: views('openCalls mappingsOfContainer attached own.armed own.reg contextPresent'),
    writes: views('mappingsOfContainer own.armed'),
    needs: undefined,
    fails: checks,
    mayFail: {
      what: Failure.Allocation,
      rule: typeMapNoMemory,
      errno: Errno.ENOMEM,
      on: (m, s, a) => !checks.some(({ when }) => when(m, s, a)),
    },
    apply: insert,
  }),
}
