import {
  gmemNoHva,
  gmemNoHva612,
  gupNeedsHva,
  gupPopulates,
  inPlaceGupPrivateRefused,
  inPlacePinByFd,
  iommufdAccounting,
  iommufdMapFault,
  iommufdMapFileBacking,
  iommufdMapFileEnd,
  iommufdMapMemlock,
  iommufdPinOnce,
  lastUnpinFreesOrphan,
  pinHoldsFrame,
  type Rule,
  touchAllocatesFresh,
  typeLockedPages,
  typeMapFault,
  typeMapMemlock,
  typeMapPinsFirst,
  typePinKeepsPage,
  typeUnmapAdvances,
  typeUnpinAfterSync,
} from '../../../spec/index.js'
import { type Code, Failure, Flaw } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Reg, regOf } from '../../machine/registers.js'
import { Attr, type State } from '../../machine/state.js'
import { page, vcpu } from '../parameters.js'
import { type Fail, type Injected, planRow } from '../row.js'
import { allocateShared, freeFrame } from './frame-allocator.js'

const memlock: Fail = {
  rule: typeMapMemlock,
  errno: Errno.ENOMEM,
  when: (m, s) => s.lockedPages[0] >= m.scope.memlockLimit,
}

/** Pages that count against the limit: of the mapping process, or of all that its user runs. */
const countedPages = ({ program }: Machine, s: State): number =>
  s.lockedPages[0] + (program.memlock === 'user' && s.lockedElsewhere.length > 0 ? s.lockedElsewhere[0] : 0)

const noPage = (rule: Rule): Fail => ({ rule, errno: Errno.EFAULT, when: (_, s, a) => unbacked(s, a) })

/** What makes an address range one whose pages cannot be pinned, though there is memory. */
const noHva: readonly Fail[] = [
  { rule: gupNeedsHva, errno: Errno.EFAULT, when: (_, s, a) => s.slotHole[a[2]] === 1 && !unbacked(s, a) },
  {
    rule: inPlaceGupPrivateRefused,
    errno: Errno.EFAULT,
    when: (m, s, a) => m.inPlace && m.platform.inPlacePinPrivate === 'refuse' && privateNow(s, a),
  },
]

const noMemory: Injected = { what: Failure.Pin, rule: iommufdMapMemlock, errno: Errno.ENOMEM }

const privateNow = (s: State, a: Code) => s.attr[a[2]] === Attr.Private

/** Takes a pin on the page's frame, in whose shared backing a missing frame is filled in first. */
function pin(m: Machine, s: State, a: Code): void {
  const iovfn = a[2]
  const inPlacePrivate = m.inPlace && privateNow(s, a)
  if (!inPlacePrivate && s.sharedFrame[iovfn] === 0) s.sharedFrame[iovfn] = allocateShared(m, s, iovfn)
  const frame = (inPlacePrivate ? s.privateFrame[iovfn] : s.sharedFrame[iovfn]) - 1
  if (frame < 0) return
  if (s.pinnedFrame[iovfn] !== 0) m.event.pinnedAgain = iovfn
  s.pins[frame] += 1
  s.pinnedFrame[iovfn] = frame + 1
  s.pinnedPages[0] += 1
  s.lockedPages[0] += 1
  m.touched.page(iovfn)
}

const flawOf = (s: State, a: Code) => s.reg[regOf(a[1], Reg.flaw)]

const unbacked = (s: State, a: Code) => flawOf(s, a) === Flaw.Unbacked

const isPinned = (_: Machine, s: State, a: Code) => s.pinnedFrame[a[2]] !== 0
const isUnpinned = (_: Machine, s: State, a: Code) => s.pinnedFrame[a[2]] === 0

/** Pins: what keeps a frame in place while the IOMMU leads to it. */
export const pinningRows = {
  'mm.pin-page': planRow({
    params: { vcpu, iovfn: page },
    lock: 'container',
    requires: isUnpinned,
    placeMatters: false,
    rules: [
      gupPopulates,
      pinHoldsFrame,
      typeMapPinsFirst,
      typeLockedPages,
      touchAllocatesFresh,
      typePinKeepsPage,
      gmemNoHva,
      gmemNoHva612,
    ],
    needs: undefined,
    fails: [noPage(typeMapFault), ...noHva, memlock],
    mayFail: noMemory,
    apply: pin,
  }),
  /** iommufd counts what it pinned when the entries are written: `iommufd.account`. */
  'iommufd.pin-page': planRow({
    params: { vcpu, iovfn: page },
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [gupPopulates, pinHoldsFrame, iommufdPinOnce, touchAllocatesFresh],
    needs: undefined,
    fails: [noPage(iommufdMapFault), ...noHva],
    mayFail: noMemory,
    apply: pin,
  }),
  /** By file descriptor and offset: no host virtual address is asked for. */
  'mm.pin-file-page': planRow({
    params: { vcpu, iovfn: page },
    lock: 'container',
    requires: isUnpinned,
    placeMatters: false,
    rules: [iommufdPinOnce, inPlacePinByFd],
    needs: undefined,
    fails: [
      {
        rule: iommufdMapFileBacking,
        errno: Errno.EINVAL,
        when: (m, s, a) => m.inPlace || flawOf(s, a) === Flaw.GuestMemfd,
      },
      { rule: iommufdMapFileEnd, errno: Errno.EINVAL, when: (_, s, a) => unbacked(s, a) },
    ],
    mayFail: noMemory,
    apply: pin,
  }),
  'iommufd.account': planRow({
    params: { vcpu },
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdAccounting],
    needs: undefined,
    fails: [
      { rule: iommufdMapMemlock, errno: Errno.ENOMEM, when: (m, s) => countedPages(m, s) > m.scope.memlockLimit },
    ],
    apply: () => undefined,
  }),
  'mm.unpin-page': planRow({
    params: { vcpu, iovfn: page },
    lock: 'container',
    requires: isPinned,
    placeMatters: false,
    rules: [typeUnpinAfterSync, typeUnmapAdvances, lastUnpinFreesOrphan],
    needs: undefined,
    apply: (m, s, a) => {
      const iovfn = a[2]
      const frame = s.pinnedFrame[iovfn] - 1
      s.pinnedFrame[iovfn] = 0
      s.pins[frame] -= 1
      s.pinnedPages[0] -= 1
      s.lockedPages[0] -= 1
      m.touched.page(iovfn)
      if (m.inPlace || s.pins[frame] > 0 || s.sharedFrame[iovfn] === frame + 1) return
      s.orphans[iovfn] -= 1
      freeFrame(m, s, frame)
    },
  }),
}
