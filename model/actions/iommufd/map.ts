import {
  iommufdMapAlign,
  iommufdMapNoMemory,
  iommufdMapOverlap,
  iommufdMapReserved,
  iommufdMapRights,
  iommufdMapTop,
  iommufdMapWrap,
  iommufdNoLimit,
} from '../../../spec/index.js'
import { Failure, Flaw } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import { Reg } from '../../machine/registers.js'
import type { State } from '../../machine/state.js'
import { views } from '../accessed.js'
import { flawed, noRights, overlaps, register } from '../container/checks.js'
import { insert } from '../container/mappings.js'
import { count, iovfn, vcpu } from '../parameters.js'
import type { CodeOf } from '../places.js'
import { type Fail, type Injected, planRow } from '../row.js'

/** What iommufd checks before it makes an area. */
export const newArea: readonly Fail<['vcpu', 'iovfn', 'count']>[] = [
  flawed(iommufdMapAlign, Flaw.Empty, Errno.EINVAL),
  flawed(iommufdMapAlign, Flaw.Misaligned, Errno.EINVAL),
  flawed(iommufdMapWrap, Flaw.Wraps, Errno.EOVERFLOW),
  flawed(iommufdMapReserved, Flaw.Outside, Errno.EINVAL),
  { rule: iommufdMapOverlap, errno: Errno.EEXIST, when: overlaps },
]

const isOfNothing = (s: State, a: CodeOf<['vcpu']>) => register(s, a, Reg.flaw) === Flaw.Empty

/** Memory for an area. The range is looked at later, but for a length of 0. */
export const areaMemory: Injected<['vcpu']> = {
  what: Failure.Allocation,
  rule: iommufdMapNoMemory,
  errno: Errno.ENOMEM,
  on: (_, s, a) => !isOfNothing(s, a),
}

/** iommufd maps: checks in the order of the source, then the accounting. */
export const iommufdMapRows = {
  'iommufd.map': planRow({
    says: 'iommufd checks the range of a map, and enters the area in its account.',
    params: [vcpu, iovfn, count],
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdNoLimit, iommufdMapTop],
    reads: views('openCalls mappingsOfContainer own.armed own.reg'),
    writes: views('mappingsOfContainer own.armed'),
    needs: undefined,
    fails: [{ rule: iommufdMapRights, errno: Errno.EINVAL, when: noRights }, ...newArea],
    mayFail: { ...areaMemory, on: (m, s, a) => !noRights(m, s, a) && !isOfNothing(s, a) },
    apply: insert,
  }),
}
