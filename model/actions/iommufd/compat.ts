import {
  iommufdCompatMisaligned,
  iommufdCompatNoLimit,
  iommufdCompatNothing,
  iommufdCompatRights,
  iommufdCompatWrap,
  iommufdUnmapZero,
} from '../../../spec/index.js'
import { Flaw } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import { flawed, noRights, nothing } from '../container/checks.js'
import { insert } from '../container/mappings.js'
import { count, page, vcpu } from '../parameters.js'
import { planRow } from '../row.js'
import { newArea } from './map.js'

/** The calls of type1 as iommufd answers them. */
export const compatRows = {
  'compat.map': planRow({
    params: { vcpu, iovfn: page, count },
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdCompatNoLimit],
    needs: undefined,
    fails: newArea,
    apply: insert,
  }),
  /** What the IOMMU driver looks at before it writes the first entry. */
  'compat.check-rights': planRow({
    params: { vcpu, iovfn: page, count },
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdCompatRights],
    needs: undefined,
    fails: [{ rule: iommufdCompatRights, errno: Errno.EINVAL, when: noRights }],
    apply: nothing,
  }),
  'compat.unmap': planRow({
    params: { vcpu, iovfn: page, count },
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdCompatNothing, iommufdCompatMisaligned],
    needs: undefined,
    fails: [flawed(iommufdUnmapZero, Flaw.Empty, Errno.EINVAL), flawed(iommufdCompatWrap, Flaw.Wraps, Errno.EOVERFLOW)],
    apply: nothing,
  }),
}
