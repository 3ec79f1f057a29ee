import {
  iommufdMapAlign,
  iommufdMapOverlap,
  iommufdMapReserved,
  iommufdMapRights,
  iommufdMapTop,
  iommufdMapWrap,
  iommufdNoLimit,
} from '../../../spec/index.js'
import { Flaw } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import { flawed, noRights, overlaps } from '../container/checks.js'
import { insert } from '../container/mappings.js'
import { count, page, vcpu } from '../parameters.js'
import { type Fail, planRow } from '../row.js'

/** What iommufd checks before it makes an area. */
export const newArea: readonly Fail[] = [
  flawed(iommufdMapAlign, Flaw.Empty, Errno.EINVAL),
  flawed(iommufdMapAlign, Flaw.Misaligned, Errno.EINVAL),
  flawed(iommufdMapWrap, Flaw.Wraps, Errno.EOVERFLOW),
  flawed(iommufdMapReserved, Flaw.Outside, Errno.EINVAL),
  { rule: iommufdMapOverlap, errno: Errno.EEXIST, when: overlaps },
]

/** iommufd maps: checks in the order of the source, then the accounting. */
export const iommufdMapRows = {
  'iommufd.map': planRow({
    says: 'iommufd checks the range of a map, and enters the area in its account.',
    params: { vcpu, iovfn: page, count },
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdNoLimit, iommufdMapTop],
    needs: undefined,
    fails: [{ rule: iommufdMapRights, errno: Errno.EINVAL, when: noRights }, ...newArea],
    apply: insert,
  }),
}
