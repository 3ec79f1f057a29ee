import {
  iommufdCompatBisect,
  iommufdUnmapAll,
  iommufdUnmapBisect,
  iommufdUnmapBusy,
  iommufdUnmapBusy612,
  iommufdUnmapDriverCannotFail,
  iommufdUnmapNothing,
  iommufdUnmapPartial,
  iommufdUnmapSuperset,
  iommufdUnmapWrap,
  iommufdUnmapZero,
} from '../../../spec/index.js'
import { Failure, Flaw } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Reg } from '../../machine/registers.js'
import type { State } from '../../machine/state.js'
import { views } from '../accessed.js'
import { end, firstWhole, flawed, isAtWork, nothing, overlaps, register } from '../container/checks.js'
import { count, iovfn, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { planRow } from '../row.js'

const arg = places('vcpu', 'iovfn', 'count')

const nothingMapped = (m: Machine, s: State, a: CodeOf<['vcpu', 'iovfn', 'count']>) => !overlaps(m, s, a)

/** Whether the range of the call cuts the mapping at work. */
const areaReachesOut = (_: Machine, s: State, a: CodeOf<['vcpu']>): boolean =>
  register(s, a, Reg.areaFirst) < firstWhole(s, a) || register(s, a, Reg.areaEnd) > register(s, a, Reg.callEnd)

const isUnderConstruction = (m: Machine, s: State, a: CodeOf<['vcpu', 'iovfn', 'count']>): boolean =>
  isAtWork(m, s, a[arg.vcpu], a[arg.iovfn], end(a))

/** The end of a container is no call that could fail. */
const isOpen = (_: Machine, s: State): boolean => s.closed[0] === 0

/** iommufd unmaps: checks in the order of the source, and the areas one by one. */
export const iommufdUnmapRows = {
  'iommufd.unmap': planRow({
    says: 'iommufd checks the range of an unmap.',
    params: [vcpu, iovfn, count],
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdUnmapAll],
    reads: views('mapOf own.reg'),
    writes: views(),
    needs: undefined,
    fails: [
      flawed(iommufdUnmapZero, Flaw.Empty, Errno.EINVAL),
      flawed(iommufdUnmapWrap, Flaw.Wraps, Errno.EOVERFLOW),
      {
        rule: iommufdUnmapNothing,
        errno: Errno.ENOENT,
        when: (m, s, a) => nothingMapped(m, s, a) && !(a[arg.iovfn] === 0 && a[arg.count] === m.pages),
      },
    ],
    apply: nothing,
  }),
  'iommufd.isolate-area': planRow({
    says: 'iommufd takes the next area of an unmap out of its tree, unless the range cuts it.',
    params: [vcpu, iovfn, count],
    lock: 'container',
    requires: 'call',
    placeMatters: false,
    rules: [
      iommufdUnmapSuperset,
      iommufdUnmapPartial,
      iommufdCompatBisect,
      iommufdUnmapBusy612,
      iommufdUnmapDriverCannotFail,
    ],
    reads: views('closed reg.areaFirst reg.areaEnd own.armed own.reg'),
    writes: views('own.armed'),
    needs: undefined,
    fails: [
      { rule: iommufdUnmapBusy, errno: Errno.EBUSY, when: isUnderConstruction },
      { rule: iommufdUnmapBisect, errno: Errno.ENOENT, when: areaReachesOut },
    ],
    refusesCuts: true,
    mayFail: { what: Failure.Unmap, rule: iommufdUnmapBusy, errno: Errno.EBUSY, on: isOpen },
    apply: nothing,
  }),
}
