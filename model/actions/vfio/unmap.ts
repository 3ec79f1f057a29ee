import {
  typeCloseRemovesAll,
  typeUnmapAlign,
  typeUnmapBisect,
  typeUnmapNothing,
  typeUnmapSize,
  typeUnmapSuperset,
  typeUnmapWrap,
  typeUnmapWrap612,
  typeV1StartsInside,
  typeV1WholeMapping,
} from '../../../spec/index.js'
import { type Code, Flaw } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Reg, regOf } from '../../machine/registers.js'
import type { State } from '../../machine/state.js'
import { end, flawed, nothing, startsInside, wraps } from '../container/checks.js'
import { count, page, vcpu } from '../parameters.js'
import { type Fail, planRow } from '../row.js'
import { withoutGroup } from './unset.js'

/** Whether the range cuts a mapping at either end. */
function bisects(_: Machine, s: State, a: Code): boolean {
  const last = end(a) - 1
  if (startsInside(s, a[2])) return true
  const owner = s.mapOf[last]
  return owner !== 0 && owner - 1 + s.mapLength[owner - 1] > end(a)
}

const type1Unmap = (more: readonly Fail[]): readonly Fail[] => [
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
    params: { vcpu, iovfn: page, count },
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [typeUnmapSuperset, typeUnmapNothing, typeCloseRemovesAll],
    needs: undefined,
    fails: type1Unmap([{ rule: typeUnmapBisect, errno: Errno.EINVAL, when: bisects }]),
    apply: nothing,
  }),
  'vfio.unmap-dma-v1': planRow({
    says: 'Type1 version 1 moves the range of an unmap to whole mappings, or to none; it refuses nothing.',
    params: { vcpu, iovfn: page, count },
    lock: 'container',
    requires: 'call',
    placeMatters: false,
    rules: [typeV1StartsInside, typeV1WholeMapping],
    needs: undefined,
    fails: type1Unmap([]),
    apply: (_, s, a) => {
      if (startsInside(s, a[2])) s.reg[regOf(a[1], Reg.callEnd)] = a[2]
    },
  }),
}
