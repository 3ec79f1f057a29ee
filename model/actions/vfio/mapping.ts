import {
  crosvmFixedPool,
  iommufdAccounting,
  iommufdCompatBisect,
  iommufdCompatMisaligned,
  iommufdCompatNoLimit,
  iommufdCompatNothing,
  iommufdCompatRights,
  iommufdCompatWrap,
  iommufdMapAlign,
  iommufdMapOverlap,
  iommufdMapReserved,
  iommufdMapRights,
  iommufdMapWrap,
  iommufdNoLimit,
  iommufdUnmapAll,
  iommufdUnmapBisect,
  iommufdUnmapNothing,
  iommufdUnmapPartial,
  iommufdUnmapWrap,
  iommufdUnmapZero,
  type Rule,
  typeBooksAfterUnpin,
  typeCloseRemovesAll,
  typeEntryPerMap,
  typeLimitSampled,
  typeMapAlign,
  typeMapLimit,
  typeMapOverlap,
  typeMapRange,
  typeMapRights,
  typeMapWrap,
  typeMapWrap612,
  typeMapZero,
  typeNoModify,
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
import { Reg, registerCount } from '../../machine/registers.js'
import type { State } from '../../machine/state.js'
import { type Fail, planRow } from '../row.js'

const parameters = ['vcpu', 'iovfn', 'count']
const end = (a: Code) => a[2] + a[3]
const register = (s: State, a: Code, index: number) => s.reg[a[1] * registerCount + index]

function flawed(rule: Rule, flaw: number, errno: number, on?: (m: Machine) => boolean): Fail {
  return { rule, errno, when: (m, s, a) => register(s, a, Reg.flaw) === flaw && (on === undefined || on(m)) }
}

const wraps = (now: Rule, then: Rule): readonly Fail[] => [
  flawed(now, Flaw.Wraps, Errno.EOVERFLOW, (m) => m.platform.wrapErrno === 'EOVERFLOW'),
  flawed(then, Flaw.Wraps, Errno.EINVAL, (m) => m.platform.wrapErrno === 'EINVAL'),
]

const noRights = (_: Machine, s: State, a: Code) => register(s, a, Reg.permissions) === 4

function overlaps(_: Machine, s: State, a: Code): boolean {
  for (let iovfn = a[2]; iovfn < end(a); iovfn += 1) if (s.mapOf[iovfn] !== 0) return true
  return false
}

const nothingMapped = (m: Machine, s: State, a: Code) => !overlaps(m, s, a)

/** Nothing is mapped outside the aperture, so nothing there is overlapped. */
const overlapsInside = (m: Machine, s: State, a: Code) => register(s, a, Reg.flaw) !== Flaw.Outside && overlaps(m, s, a)

/** Whether the first byte lies inside a mapping that starts earlier. */
function startsInside(s: State, first: number): boolean {
  return s.mapOf[first] !== 0 && s.mapOf[first] - 1 < first
}

/** Whether the range cuts a mapping at either end. */
function bisects(_: Machine, s: State, a: Code): boolean {
  const last = end(a) - 1
  if (startsInside(s, a[2])) return true
  const owner = s.mapOf[last]
  return owner !== 0 && owner - 1 + s.mapLength[owner - 1] > end(a)
}

/** Makes [first, first + length) one mapping in the books. */
function place(s: State, first: number, length: number): void {
  s.mapOf.fill(first + 1, first, first + length)
  s.mapLength[first] = length
}

function insert(m: Machine, s: State, a: Code): void {
  place(s, a[2], a[3])
  s.mappings[0] += 1
  s.entriesUsed[0] += 1
  m.touched.range(a[2], end(a))
}

/** The first page that is whole in the range of a call: one that is not aligned begins inside its first page. */
const firstWhole = (s: State, a: Code): number =>
  register(s, a, Reg.callFirst) + (register(s, a, Reg.flaw) === Flaw.Misaligned ? 1 : 0)

/** Whether the range of the call cuts the mapping at work. */
const areaReachesOut = (_: Machine, s: State, a: Code): boolean =>
  register(s, a, Reg.areaFirst) < firstWhole(s, a) || register(s, a, Reg.areaEnd) > register(s, a, Reg.callEnd)

/** Whether a raw call has no page in its range, whatever page it names. */
function coversNothing(s: State, a: Code): boolean {
  const flaw = register(s, a, Reg.flaw)
  return flaw === Flaw.Empty || flaw === Flaw.Wraps
}

const nothing = () => undefined

const type1Unmap = (more: readonly Fail[]): readonly Fail[] => [
  flawed(typeUnmapAlign, Flaw.Misaligned, Errno.EINVAL),
  flawed(typeUnmapSize, Flaw.Empty, Errno.EINVAL),
  ...wraps(typeUnmapWrap, typeUnmapWrap612),
  ...more,
]

/** What iommufd checks before it makes an area. */
const newArea: readonly Fail[] = [
  flawed(iommufdMapAlign, Flaw.Empty, Errno.EINVAL),
  flawed(iommufdMapAlign, Flaw.Misaligned, Errno.EINVAL),
  flawed(iommufdMapWrap, Flaw.Wraps, Errno.EOVERFLOW),
  flawed(iommufdMapReserved, Flaw.Outside, Errno.EINVAL),
  { rule: iommufdMapOverlap, errno: Errno.EEXIST, when: overlaps },
]

/** Mappings as their interface keeps them: checks in the order of the source, then the books. */
export const mappingRows = {
  'vfio.map-dma': planRow({
    parameters,
    cites: [typeEntryPerMap, typeNoModify, typeLimitSampled],
    fails: [
      flawed(typeMapZero, Flaw.Empty, Errno.EINVAL),
      ...wraps(typeMapWrap, typeMapWrap612),
      { rule: typeMapRights, errno: Errno.EINVAL, when: noRights },
      flawed(typeMapAlign, Flaw.Misaligned, Errno.EINVAL),
      { rule: typeMapOverlap, errno: Errno.EEXIST, when: overlapsInside },
      { rule: typeMapLimit, errno: Errno.ENOSPC, when: (m, s) => s.entriesUsed[0] >= m.scope.entryLimit },
      flawed(typeMapRange, Flaw.Outside, Errno.EINVAL),
    ],
    apply: insert,
  }),
  'iommufd.map': planRow({
    parameters,
    cites: [iommufdNoLimit],
    fails: [{ rule: iommufdMapRights, errno: Errno.EINVAL, when: noRights }, ...newArea],
    apply: insert,
  }),
  'compat.map': planRow({ parameters, cites: [iommufdCompatNoLimit], fails: newArea, apply: insert }),
  /** What the IOMMU driver looks at before it writes the first entry. */
  'compat.check-rights': planRow({
    parameters,
    cites: [iommufdCompatRights],
    fails: [{ rule: iommufdCompatRights, errno: Errno.EINVAL, when: noRights }],
    apply: nothing,
  }),
  'vfio.unmap-dma': planRow({
    parameters,
    cites: [typeUnmapSuperset, typeUnmapNothing, typeCloseRemovesAll],
    fails: type1Unmap([{ rule: typeUnmapBisect, errno: Errno.EINVAL, when: bisects }]),
    apply: nothing,
  }),
  /** Version 1 of type1 never refuses: the range is moved to whole mappings, or to none. */
  'vfio.unmap-dma-v1': planRow({
    parameters,
    cites: [typeV1StartsInside, typeV1WholeMapping],
    fails: type1Unmap([]),
    apply: (_, s, a) => {
      if (startsInside(s, a[2])) s.reg[a[1] * registerCount + Reg.callEnd] = a[2]
    },
  }),
  'iommufd.unmap': planRow({
    parameters,
    cites: [iommufdUnmapAll],
    fails: [
      flawed(iommufdUnmapZero, Flaw.Empty, Errno.EINVAL),
      flawed(iommufdUnmapWrap, Flaw.Wraps, Errno.EOVERFLOW),
      {
        rule: iommufdUnmapNothing,
        errno: Errno.ENOENT,
        when: (m, s, a) => nothingMapped(m, s, a) && !(a[2] === 0 && a[3] === m.pages),
      },
    ],
    apply: nothing,
  }),
  'compat.unmap': planRow({
    parameters,
    cites: [iommufdCompatNothing, iommufdCompatMisaligned],
    fails: [flawed(iommufdUnmapZero, Flaw.Empty, Errno.EINVAL), flawed(iommufdCompatWrap, Flaw.Wraps, Errno.EOVERFLOW)],
    apply: nothing,
  }),
  /** Takes the next area of the range out of the tree, unless that would cut it: the areas before it are gone. */
  'iommufd.isolate-area': planRow({
    parameters,
    cites: [iommufdUnmapPartial, iommufdCompatBisect],
    fails: [{ rule: iommufdUnmapBisect, errno: Errno.ENOENT, when: areaReachesOut }],
    apply: nothing,
  }),
  'container.remove-mapping': planRow({
    parameters,
    cites: [typeBooksAfterUnpin, iommufdAccounting],
    apply: (m, s, a) => {
      for (let iovfn = a[2]; iovfn < end(a); iovfn += 1) s.mapOf[iovfn] = 0
      s.mapLength[a[2]] = 0
      s.mappings[0] -= 1
      s.entriesUsed[0] -= 1
      m.event.goneFirst = a[2]
      m.event.goneEnd = end(a)
      m.event.takenFirst = firstWhole(s, a)
      m.event.takenEnd = coversNothing(s, a) ? m.event.takenFirst : register(s, a, Reg.callEnd)
      m.touched.range(a[2], end(a))
    },
  }),
  /** The mapping over a superpage becomes mappings of one page, and what it has left and right of it. */
  'area.split': planRow({
    parameters,
    cites: [iommufdNoLimit],
    apply: (m, s, a) => {
      const first = s.mapOf[a[2]] - 1
      const last = first + s.mapLength[first]
      if (first < 0) return
      const from = Math.max(first, a[2])
      const to = Math.min(last, end(a))
      for (let iovfn = from; iovfn < to; iovfn += 1) place(s, iovfn, 1)
      if (first < from) place(s, first, from - first)
      if (to < last) place(s, to, last - to)
      const more = to - from + (first < from ? 1 : 0) + (to < last ? 1 : 0) - 1
      s.mappings[0] += more
      s.entriesUsed[0] += more
      m.touched.range(first, last)
    },
  }),
  /** The mappings inside a superpage become one; one that reaches out of it keeps them apart. */
  'area.join': planRow({
    parameters,
    cites: [iommufdNoLimit],
    apply: (m, s, a) => {
      const last = s.mapOf[end(a) - 1] - 1
      if (s.mapOf[a[2]] !== a[2] + 1 || last < a[2] || last + s.mapLength[last] !== end(a)) return
      let before = 0
      for (let iovfn = a[2]; iovfn < end(a); iovfn += 1) if (s.mapLength[iovfn] > 0) before += 1
      s.mapLength.fill(0, a[2], end(a))
      place(s, a[2], a[3])
      s.mappings[0] -= before - 1
      s.entriesUsed[0] -= before - 1
      m.touched.range(a[2], end(a))
    },
  }),
  /** A fixed pool: everything inside stays shared, everything outside stays private. */
  'vmm.check-pool': planRow({
    parameters: ['vcpu', 'iovfn', 'count', 'allowed'],
    cites: [crosvmFixedPool],
    fails: [{ rule: crosvmFixedPool, errno: Errno.EPERM, when: (_, __, a) => a[4] === 0 }],
    apply: nothing,
  }),
}
