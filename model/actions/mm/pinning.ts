import {
  gmemNoHva,
  gmemNoHva612,
  gupNeedsHva,
  gupPopulates,
  inPlaceGupPrivateRefused,
  inPlacePinByFd,
  iommufdAccountDmabuf,
  iommufdAccounting,
  iommufdDmabufAbsent612,
  iommufdMapFault,
  iommufdMapFileBacking,
  iommufdMapFileEnd,
  iommufdMapMemlock,
  iommufdMapMmio,
  iommufdPinOnce,
  lastUnpinFreesOrphan,
  pinHoldsFrame,
  type Rule,
  touchAllocatesFresh,
  typeChargedToMapper,
  typeLockedPages,
  typeMapFault,
  typeMapMemlock,
  typeMapPinsFirst,
  typeMmioFree,
  typePinKeepsPage,
  typePinPerMapping,
  typeUnmapAdvances,
  typeUnpinAfterSync,
} from '../../../spec/index.js'
import { Failure, Flaw } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Reg, regOf } from '../../machine/registers.js'
import { Attr, type State } from '../../machine/state.js'
import { type Gfn, gfnOf } from '../../machine/units.js'
import { allocateShared, freeIfOrphan } from '../../memory/frame-allocator.js'
import { countBy } from '../../plan/driver-call.js'
import { views } from '../accessed.js'
import { devicePages, processes, secondContainer } from '../needs.js'
import { iovfn, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { type Fail, type Injected, onlyIn, planRow } from '../row.js'

const arg = places('vcpu', 'iovfn')

/** Pages that count as locked memory of the process that calls. */
const lockedHere = (s: State): number => (s.process.length > 0 ? s.lockedBy[s.process[0]] : s.lockedPages[0])

/** Whether a page is memory of a device: it has no reference count, and is led to as it is. */
const isOfDevice = (m: Machine, gfn: Gfn): boolean => gfn >= m.memoryPages

const memlock: Fail<['vcpu', 'iovfn']> = {
  rule: typeMapMemlock,
  errno: Errno.ENOMEM,
  when: (m, s, a) => lockedHere(s) >= m.scope.memlockLimit && !isOfDevice(m, gfnOf(a[arg.iovfn])),
}

/** Pages that count against the limit: of the mapping process, or of all that its user runs. */
const countedPages = ({ program }: Machine, s: State): number => {
  if (program.memlock !== 'user') return lockedHere(s)
  return s.lockedPages[0] + (s.lockedElsewhere.length > 0 ? s.lockedElsewhere[0] : 0)
}

const noPage = (rule: Rule): Fail<['vcpu', 'iovfn']> => ({
  rule,
  errno: Errno.EFAULT,
  when: (_, s, a) => lacksMemory(s, a),
})

const privateNow = (s: State, a: CodeOf<['vcpu', 'iovfn']>) => s.attr[a[arg.iovfn]] === Attr.Private

/** Guest_memfd has no user mapping of a private page. Under pKVM memory is the VMM's, which stays mapped there. */
const refusesPrivate = (m: Machine, s: State, a: CodeOf<['vcpu', 'iovfn']>): boolean =>
  m.inPlace && !m.pkvm && m.platform.inPlacePinPrivate === 'refuse' && privateNow(s, a)

/** What makes an address range one whose pages cannot be pinned, though there is memory. */
const noHva: readonly Fail<['vcpu', 'iovfn']>[] = [
  { rule: gupNeedsHva, errno: Errno.EFAULT, when: (_, s, a) => s.slotHole[a[arg.iovfn]] === 1 && !lacksMemory(s, a) },
  {
    rule: inPlaceGupPrivateRefused,
    errno: Errno.EFAULT,
    when: refusesPrivate,
  },
]

const noMemory: Injected = { what: Failure.Pin, rule: iommufdMapMemlock, errno: Errno.ENOMEM }

const refusesDevice: Fail<['vcpu', 'iovfn']> = {
  rule: iommufdMapMmio,
  errno: Errno.EFAULT,
  when: (m, _, a) => isOfDevice(m, gfnOf(a[arg.iovfn])),
}

/** Takes a pin on the page's frame, in whose shared backing a missing frame is filled in first. */
function pin(m: Machine, s: State, a: CodeOf<['vcpu', 'iovfn']>): void {
  const gfn = gfnOf(a[arg.iovfn])
  const inPlacePrivate = m.inPlace && privateNow(s, a)
  if (!inPlacePrivate && s.sharedFrame[gfn] === 0) s.sharedFrame[gfn] = allocateShared(m, s, gfn)
  const frame = (inPlacePrivate ? s.privateFrame[gfn] : s.sharedFrame[gfn]) - 1
  if (frame < 0) return
  if (s.pinnedFrame[gfn] !== 0) m.event.pinnedAgain = gfn
  s.pinnedFrame[gfn] = frame + 1
  if (!isOfDevice(m, gfn)) {
    s.pins[frame] += 1
    countBy(m, s, a[arg.vcpu], 'pinnedPages', 1)
    countBy(m, s, a[arg.vcpu], 'lockedPages', 1)
    if (s.process.length > 0) charge(s, gfn)
  }
  m.touched.page(gfn)
}

function charge(s: State, gfn: Gfn): void {
  s.payer[gfn] = s.process[0] + 1
  s.lockedBy[s.process[0]] += 1
}

/** Ends what a mapping has of a page; the last pin of a frame that left the backing frees it. */
function unpin(m: Machine, s: State, a: CodeOf<['vcpu', 'iovfn']>, pinsLeft: number, account: number): void {
  const gfn = gfnOf(a[arg.iovfn])
  const frame = s.pinnedFrame[gfn] - 1
  s.pinnedFrame[gfn] = 0
  m.touched.page(gfn)
  if (isOfDevice(m, gfn)) return
  s.pins[frame] = pinsLeft
  countBy(m, s, a[arg.vcpu], 'pinnedPages', -1)
  countBy(m, s, a[arg.vcpu], 'lockedPages', -1)
  if (s.process.length > 0) {
    s.payer[gfn] = 0
    if (s.lockedBy[account] > 0) s.lockedBy[account] -= 1
  }
  freeIfOrphan(m, s, gfn, frame)
}

/** The process that a page is charged to. */
const payerOf = (s: State, gfn: Gfn): number => (s.process.length > 0 ? s.payer[gfn] - 1 : 0)
const pinsBut = (s: State, gfn: Gfn): number => s.pins[s.pinnedFrame[gfn] - 1] - 1

const flawOf = (s: State, a: CodeOf<['vcpu']>) => s.reg[regOf(a[arg.vcpu], Reg.flaw)]

const isUnbacked = (s: State, a: CodeOf<['vcpu']>) => flawOf(s, a) === Flaw.Unbacked

/** A range by address leaves its memory at the last page: what was pinned before it has to go back. */
const lacksMemory = (s: State, a: CodeOf<['vcpu', 'iovfn']>): boolean =>
  isUnbacked(s, a) && a[arg.iovfn] + 1 === s.reg[regOf(a[arg.vcpu], Reg.callEnd)]

const isPinned = (_: Machine, s: State, a: CodeOf<['vcpu', 'iovfn']>) => s.pinnedFrame[a[arg.iovfn]] !== 0
const isUnpinned = (_: Machine, s: State, a: CodeOf<['vcpu', 'iovfn']>) => s.pinnedFrame[a[arg.iovfn]] === 0

/** Pins: what keeps a frame in place while the IOMMU leads to it. */
export const pinningRows = {
  'mm.pin-page': planRow({
    says: "The driver pins a page's frame by its host virtual address, and counts it as locked memory.",
    params: [vcpu, iovfn],
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
      typeMmioFree,
      gmemNoHva,
      gmemNoHva612,
    ],
    reads: views(
      'openCalls pinned attr freedAssigned lockedBy nextFrame own.armed own.reg owner process sharedFrame',
      'slotHole privateFrame',
    ),
    writes: views('pinned lockedBy nextFrame own.armed owner payer sharedFrame tag freedAssigned'),
    needs: undefined,
    fails: [noPage(typeMapFault), onlyIn('iommufd', refusesDevice), ...noHva, memlock],
    mayFail: noMemory,
    apply: pin,
  }),
  /** As no kernel should. */
  'mm.count-device-page': planRow({
    says: 'The driver counts a page as locked memory that is memory of a device.',
    params: [vcpu, iovfn],
    lock: 'container',
    requires: isPinned,
    placeMatters: false,
    rules: [typeMmioFree],
    reads: views('openCalls lockedPages lockedBy process'),
    writes: views('lockedPages reg.noteLocked'),
    needs: devicePages,
    fails: [{ rule: typeMapMemlock, errno: Errno.ENOMEM, when: (m, s) => lockedHere(s) >= m.scope.memlockLimit }],
    apply: (m, s, a) => countBy(m, s, a[arg.vcpu], 'lockedPages', 1),
  }),
  'iommufd.pin-page': planRow({
    says: "iommufd pins a page's frame by its host virtual address; `iommufd.account` counts it later.",
    params: [vcpu, iovfn],
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [gupPopulates, pinHoldsFrame, iommufdPinOnce, touchAllocatesFresh, iommufdDmabufAbsent612],
    reads: views(
      'openCalls pinned attr nextFrame own.armed own.reg owner sharedFrame slotHole freedAssigned lockedBy',
      'privateFrame process',
    ),
    writes: views('pinned nextFrame owner sharedFrame tag own.armed lockedBy payer freedAssigned'),
    needs: undefined,
    fails: [noPage(iommufdMapFault), refusesDevice, ...noHva],
    mayFail: noMemory,
    apply: pin,
  }),
  'mm.pin-file-page': planRow({
    says: "iommufd pins a page's frame by file descriptor and offset: no host virtual address is asked for.",
    params: [vcpu, iovfn],
    lock: 'container',
    requires: isUnpinned,
    placeMatters: false,
    rules: [iommufdPinOnce, inPlacePinByFd, iommufdAccountDmabuf],
    reads: views('openCalls pinned own.reg owner sharedFrame own.armed nextFrame freedAssigned lockedBy process'),
    writes: views('pinned owner sharedFrame tag own.armed nextFrame lockedBy payer'),
    needs: undefined,
    fails: [
      {
        rule: iommufdMapFileBacking,
        errno: Errno.EINVAL,
        when: (m, s, a) => (m.inPlace && !isOfDevice(m, gfnOf(a[arg.iovfn]))) || flawOf(s, a) === Flaw.GuestMemfd,
      },
      { rule: iommufdMapFileEnd, errno: Errno.EINVAL, when: (_, s, a) => isUnbacked(s, a) },
    ],
    mayFail: noMemory,
    apply: pin,
  }),
  'iommufd.account': planRow({
    says: 'iommufd counts what it has pinned as locked memory, within the limit.',
    params: [vcpu],
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdAccounting],
    reads: views('lockedElsewhere lockedPages lockedBy process'),
    writes: views(),
    needs: undefined,
    fails: [
      { rule: iommufdMapMemlock, errno: Errno.ENOMEM, when: (m, s) => countedPages(m, s) > m.scope.memlockLimit },
    ],
    apply: () => undefined,
  }),
  'mm.unpin-page': planRow({
    says: 'The driver lets go of a pinned frame; one that nothing else holds is freed.',
    params: [vcpu, iovfn],
    lock: 'container',
    requires: isPinned,
    placeMatters: false,
    rules: [typeUnpinAfterSync, typeUnmapAdvances, lastUnpinFreesOrphan],
    reads: views('openCalls pinned orphans sharedFrame lockedBy payer'),
    writes: views('pinned orphans owner tag poison lockedBy payer'),
    needs: undefined,
    apply: (m, s, a) => {
      const gfn = gfnOf(a[arg.iovfn])
      unpin(m, s, a, pinsBut(s, gfn), payerOf(s, gfn))
    },
  }),
  /** As no kernel should: the process that calls is taken for the one that mapped. */
  'mm.unpin-page-of-caller': planRow({
    says: 'The driver lets go of a pinned frame, and takes it from the account of the process that calls.',
    params: [vcpu, iovfn],
    lock: 'container',
    requires: isPinned,
    placeMatters: false,
    rules: [typeChargedToMapper],
    reads: views('openCalls pinned lockedBy process sharedFrame'),
    writes: views('pinned lockedBy payer'),
    needs: processes,
    apply: (m, s, a) => {
      const gfn = gfnOf(a[arg.iovfn])
      unpin(m, s, a, pinsBut(s, gfn), s.process.length > 0 ? s.process[0] : 0)
    },
  }),
  /** As no kernel should: the pins that others have of the frame are dropped as well. */
  'mm.drop-pins': planRow({
    says: 'The driver lets go of a pinned frame for all who have it pinned.',
    params: [vcpu, iovfn],
    lock: 'container',
    requires: isPinned,
    placeMatters: false,
    rules: [typePinPerMapping],
    reads: views('openCalls pinned sharedFrame lockedBy payer'),
    writes: views('pinned lockedBy payer'),
    needs: secondContainer,
    apply: (m, s, a) => {
      unpin(m, s, a, 0, payerOf(s, gfnOf(a[arg.iovfn])))
    },
  }),
}
