import {
  typeCloseRemovesAll,
  typeUnmapAlign,
  typeUnmapBisect,
  typeUnmapNothing,
  typeUnmapSize,
  typeUnmapSuperset,
  typeUnmapTop,
  typeUnmapTop612,
  typeUnmapWrap,
  typeUnmapWrap612,
  typeV1StartsInside,
  typeV1WholeMapping,
} from '../../../spec/index.js'
import { Flaw } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import type { Machine, MachineSettings } from '../../machine/machine.js'
import { Reg, regOf } from '../../machine/registers.js'
import type { State } from '../../machine/state.js'
import { type Gfn, gfnOf } from '../../machine/units.js'
import { views } from '../accessed.js'
import { end, flawed, startsInside, wraps } from '../container/checks.js'
import { count, iovfn, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { type Fail, planRow } from '../row.js'
import { withoutGroup } from './unset.js'

const arg = places('vcpu', 'iovfn')

/** Whether type1 does not see a mapping that ends at the last address of all. */
export const missesTop = ({ scope, platform }: MachineSettings): boolean =>
  scope.endsAtTop && platform.topMapping === 'missed'

/** Whether a page is in such a mapping. */
export const isMissed = (m: Machine, s: State, gfn: Gfn): boolean =>
  missesTop(m) && s.mapOf[gfn] !== 0 && s.mapOf[gfn] === s.mapOf[m.pages - 1]

/** Whether the range cuts a mapping at either end. */
function bisects(m: Machine, s: State, a: CodeOf<['vcpu', 'iovfn', 'count']>): boolean {
  const last = end(a) - 1
  if (startsInside(s, a[arg.iovfn])) return !isMissed(m, s, gfnOf(a[arg.iovfn]))
  const owner = s.mapOf[last]
  return owner !== 0 && owner - 1 + s.mapLength[owner - 1] > end(a) && !isMissed(m, s, last)
}

/**
 * Whether the search for the first mapping of the range ends with none: the range ends at the last address of all, or
 * the first is one that is not seen. The end of the container goes over all of them.
 */
function findsNone(m: Machine, s: State, a: CodeOf<['vcpu', 'iovfn', 'count']>): boolean {
  if (!missesTop(m) || s.closed[0] !== 0) return false
  if (end(a) === m.pages) return true
  for (let gfn = gfnOf(a[arg.iovfn]); gfn < end(a); gfn += 1) if (s.mapOf[gfn] !== 0) return isMissed(m, s, gfn)
  return false
}

function stopWhereNoneIsFound(m: Machine, s: State, a: CodeOf<['vcpu', 'iovfn', 'count']>): void {
  if (findsNone(m, s, a)) s.reg[regOf(a[arg.vcpu], Reg.callEnd)] = a[arg.iovfn]
}

type RangeFail = Fail<['vcpu', 'iovfn', 'count']>

const type1Unmap = (more: readonly RangeFail[]): readonly RangeFail[] => [
  withoutGroup,
  flawed(typeUnmapAlign, Flaw.Misaligned, Errno.EINVAL),
  flawed(typeUnmapSize, Flaw.Empty, Errno.EINVAL),
  ...wraps(typeUnmapWrap, typeUnmapWrap612),
  ...more,
]

/** Type1 unmaps: checks in the order of the source. */
export const vfioUnmapRows = {
  'vfio.unmap-dma': planRow({
    says: 'Type1 version 2 checks the range of an unmap, which may not cut a mapping.',
    params: [vcpu, iovfn, count],
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [typeUnmapSuperset, typeUnmapNothing, typeCloseRemovesAll, typeUnmapTop, typeUnmapTop612],
    reads: views('attached mapLength mapOf own.reg contextPresent'),
    writes: views(),
    needs: undefined,
    fails: type1Unmap([{ rule: typeUnmapBisect, errno: Errno.EINVAL, when: bisects }]),
    refusesCuts: true,
    apply: stopWhereNoneIsFound,
  }),
  'vfio.unmap-dma-v1': planRow({
    says: 'Type1 version 1 moves the range of an unmap to whole mappings, or to none; it refuses nothing.',
    params: [vcpu, iovfn, count],
    lock: 'container',
    requires: 'call',
    placeMatters: false,
    rules: [typeV1StartsInside, typeV1WholeMapping],
    reads: views('attached mapOf own.reg contextPresent'),
    writes: views('own.reg'),
    needs: undefined,
    fails: type1Unmap([]),
    apply: (m, s, a) => {
      if (startsInside(s, a[arg.iovfn])) s.reg[regOf(a[arg.vcpu], Reg.callEnd)] = a[arg.iovfn]
      else stopWhereNoneIsFound(m, s, a)
    },
  }),
}
