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
import { views } from '../accessed.js'
import { flawed, noRights, nothing } from '../container/checks.js'
import { insert } from '../container/mappings.js'
import { count, iovfn, vcpu } from '../parameters.js'
import { planRow } from '../row.js'
import { areaMemory, newArea } from './map.js'

/** The calls of type1 as iommufd answers them. */
export const compatRows = {
  'compat.map': planRow({
    says: 'iommufd checks the range of a map that comes by the type1 interface, and enters the area.',
    params: [vcpu, iovfn, count],
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdCompatNoLimit],
    reads: views('openCalls mappingsOfContainer own.armed own.reg'),
    writes: views('mappingsOfContainer own.armed'),
    needs: undefined,
    fails: newArea,
    mayFail: areaMemory,
    apply: insert,
  }),
  'compat.check-rights': planRow({
    says: 'The IOMMU driver looks at the permissions of a map by the type1 interface, before its first entry.',
    params: [vcpu, iovfn, count],
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdCompatRights],
    reads: views('own.reg'),
    writes: views(),
    needs: undefined,
    fails: [{ rule: iommufdCompatRights, errno: Errno.EINVAL, when: noRights }],
    apply: nothing,
  }),
  'compat.unmap': planRow({
    says: 'iommufd checks the range of an unmap that comes by the type1 interface; one that finds nothing succeeds.',
    params: [vcpu, iovfn, count],
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdCompatNothing, iommufdCompatMisaligned],
    reads: views('own.reg'),
    writes: views(),
    needs: undefined,
    fails: [flawed(iommufdUnmapZero, Flaw.Empty, Errno.EINVAL), flawed(iommufdCompatWrap, Flaw.Wraps, Errno.EOVERFLOW)],
    apply: nothing,
  }),
}
