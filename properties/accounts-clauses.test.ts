import type { Machine } from '../model/machine/machine.js'
import { Reg, regOf } from '../model/machine/registers.js'
import type { State } from '../model/machine/state.js'
import { makeLeaf, writePage } from '../model/memory/page-table.js'
import { accountsBalance } from './accounts.js'
import { all, type Breach, judges, type Near, type Unlike } from './testing/by-hand.js'
import { charged } from './testing/charged.js'

type Spoil = (m: Machine, s: State) => unknown

const iommufd: Unlike = { host: { accounting: 'iommufd' } }
const hotplug: Unlike = { scope: { hotplug: true } }
const second: Unlike = { scope: { secondContainer: true } }
const processes: Unlike = { scope: { processes: true } }

/** The accounts of one mapped page. */
const counts =
  (mappings: number, entries: number, pinned: number, locked: number): Spoil =>
  (_, s) => {
    s.mappings[0] = mappings
    s.entriesUsed[0] = entries
    s.pinnedPages[0] = pinned
    s.lockedPages[0] = locked
  }
const mapping: Spoil = (_, s) => {
  s.mapOf[1] = 2
  s.mapLength[1] = 1
}
const pin: Spoil = (_, s) => {
  s.pinnedFrame[1] = s.sharedFrame[1]
  s.pins[s.sharedFrame[1] - 1] += 1
}
const pinBySecond: Spoil = (_, s) => {
  s.secondPin[1] = s.sharedFrame[1]
  s.pins[s.sharedFrame[1] - 1] += 1
}
const leaf: Spoil = (m, s) => writePage(m, s, s.domain[0], 1, makeLeaf(1, 3))
const mapped = all(mapping, pin, leaf, counts(1, 1, 1, 1))
const morePins =
  (frame: number): Spoil =>
  (_, s) => {
    s.pins[frame] += 1
  }
const orphan: Spoil = (_, s) => {
  s.orphans[1] += 1
}
/** The backing of page 1 moved on to the frame of its second generation. */
const moved: Spoil = (_, s) => {
  s.sharedFrame[1] = 6
}
/** Page 1 is private in place, and the host refers to a frame. */
const referred: Unlike = { scope: { backing: 'in-place', references: 1 }, platform: { inPlacePinCheck: 'refuse' } }
const private1: Spoil = (_, s) => {
  s.privateFrame[1] = s.sharedFrame[1]
  s.sharedFrame[1] = 0
}
const refersTo =
  (frame: number): Spoil =>
  (_, s) => {
    s.references[frame] = 1
  }
const noDevice: Spoil = (_, s) => s.attached.fill(0)
const closed =
  (state: number): Spoil =>
  (_, s) => {
    s.closed[0] = state
  }
const gone =
  (goneFirst: number, goneEnd: number, takenFirst: number, takenEnd: number): Spoil =>
  (m) =>
    Object.assign(m.event, { goneFirst, goneEnd, takenFirst, takenEnd })
const calling: Spoil = (_, s) => {
  s.reg[regOf(1, Reg.callEnd)] = 2
}

const closes = (counted: string) => `vfio.removal/close: after the teardown there are ${counted}`
const pins = (counted: string) => `kvm.host-memory/pin-holds-frame at 1: frames of page 1 have ${counted}`
const left = 'after the teardown page 1 has a leaf, or its region a table that was never freed'

const ofWhole: readonly Breach[] = [
  {
    that: 'a call takes what begins before its range',
    spoil: gone(0, 2, 1, 2),
    breaks: 'vfio.unmap/bisects: a call on page 1 took the mapping of pages 0 to 1',
  },
  {
    that: 'it takes what ends behind its range',
    on: iommufd,
    spoil: gone(1, 4, 1, 2),
    breaks: 'iommufd.unmap/bisects: a call on page 1 took the mapping of pages 1 to 3',
  },
  {
    that: 'version 1 takes what begins behind the range',
    on: { host: { unmapsWhole: true } },
    spoil: gone(2, 3, 1, 2),
    breaks: 'vfio.unmap/bisects: a call on page 1 took the mapping of page 2',
  },
  {
    that: 'a mapping is left by the teardown',
    spoil: all(closed(2), counts(1, 0, 0, 0)),
    breaks: closes('1 mappings, 0 entries, 0 pinned and 0 locked pages'),
  },
  {
    that: 'an entry is left',
    spoil: all(closed(2), counts(0, 1, 0, 0)),
    breaks: closes('0 mappings, 1 entries, 0 pinned and 0 locked pages'),
  },
  {
    that: 'a pin is left',
    spoil: all(closed(2), counts(0, 0, 1, 0)),
    breaks: closes('0 mappings, 0 entries, 1 pinned and 0 locked pages'),
  },
  {
    that: 'a locked page is left',
    spoil: all(closed(2), counts(0, 0, 0, 1)),
    breaks: closes('0 mappings, 0 entries, 0 pinned and 1 locked pages'),
  },
  {
    that: 'there are more mappings than entries',
    spoil: counts(1, 0, 0, 0),
    breaks: 'vfio.accounting/entry-per-map: there are 1 mappings and 0 entries are in use',
  },
  {
    that: 'pages are locked that are not pinned',
    spoil: counts(0, 0, 0, 2),
    breaks: 'vfio.accounting/locked-pages: 0 pages are pinned and 2 count as locked',
  },
  {
    that: 'the same by iommufd',
    on: iommufd,
    spoil: counts(0, 0, 2, 1),
    breaks: 'iommufd.accounting/rlimit: 2 pages are pinned and 1 count as locked',
  },
  {
    that: 'a page is charged to a process that has it not locked',
    on: processes,
    spoil: charged(1, 0, 1),
    breaks:
      'vfio.accounting/charged-to-mapper: the first process has 0 pages locked and 1 charged to it; ' +
      'the one that the VMM became 1 and 0',
  },
  {
    that: 'the second process has too many, by iommufd',
    on: { ...iommufd, ...processes },
    spoil: charged(2, 0, 2),
    breaks:
      'iommufd.accounting/process: the first process has 0 pages locked and 0 charged to it; ' +
      'the one that the VMM became 2 and 1',
  },
]

const ofPages: readonly Breach[] = [
  {
    that: 'a leaf is left by the teardown',
    spoil: all(leaf, closed(2)),
    breaks: `vfio.removal/close at 1: ${left}`,
  },
  {
    that: 'a page is pinned without any device',
    on: hotplug,
    spoil: all(noDevice, mapping, pin, counts(1, 1, 1, 1)),
    breaks: 'iommufd.domains/empty-keeps-areas at 1: page 1 has a mapping, a pin, no leaf, and no device',
  },
  {
    that: 'a page has a leaf without any device',
    on: hotplug,
    spoil: all(noDevice, leaf),
    breaks: 'iommufd.domains/empty-keeps-areas at 1: page 1 has no mapping, no pin, a leaf, and no device',
  },
  {
    that: 'a page is mapped and not pinned',
    spoil: all(mapping, leaf, counts(1, 1, 0, 0)),
    breaks: 'vfio.accounting/pin-keeps-page at 1: page 1 has a mapping, no pin, a leaf',
  },
  {
    that: 'a page is pinned and not mapped',
    spoil: all(pin, counts(0, 0, 1, 1)),
    breaks: 'vfio.accounting/pin-keeps-page at 1: page 1 has no mapping, a pin, no leaf',
  },
  {
    that: 'its frame is pinned twice',
    spoil: all(mapped, morePins(1)),
    breaks: pins('2 pins, and 0 more are pinned that left it; its mapping pins one'),
  },
  {
    that: 'the frame of an unmapped page is pinned',
    spoil: morePins(1),
    breaks: pins('1 pin, and 0 more are pinned that left it; its mapping pins none'),
  },
  {
    that: 'its private frame is pinned',
    spoil: all(mapped, (_, s) => s.privateFrame.fill(10, 1, 2), morePins(9)),
    breaks: pins('2 pins, and 0 more are pinned that left it; its mapping pins one'),
  },
  {
    that: 'a page is private, and the host refers to it',
    on: referred,
    spoil: all(private1, refersTo(1)),
    breaks:
      'kvm.in-place/short-reference at 1: page 1 is private, and another user of the host has a reference to its frame',
  },
  {
    that: 'the backing moved on and no orphan is counted',
    spoil: all(mapped, moved),
    breaks: pins('1 pin, and 0 more are pinned that left it; its mapping pins one'),
  },
  {
    that: 'an orphan is counted, and the backing has not moved',
    spoil: all(mapped, orphan),
    breaks: pins('1 pin, and 1 more are pinned that left it; its mapping pins one'),
  },
  {
    that: 'the second container has a pin that does not count',
    on: second,
    spoil: (_, s) => s.secondPin.fill(2, 1, 2),
    breaks: pins('0 pins, and 0 more are pinned that left it; its mapping pins none'),
  },
  {
    that: 'both containers have the frame that left, and two orphans are counted',
    on: second,
    spoil: all(mapped, pinBySecond, moved, orphan, orphan),
    breaks: pins('2 pins, and 2 more are pinned that left it; its mapping pins one'),
  },
  {
    that: 'a page is mapped without a leaf',
    spoil: all(mapping, pin, counts(1, 1, 1, 1)),
    breaks: 'vfio.map/largest-leaf at 1: page 1 has a mapping, a pin, no leaf',
  },
  {
    that: 'a page has a leaf and no mapping',
    spoil: leaf,
    breaks: 'vfio.map/largest-leaf at 1: page 1 has no mapping, no pin, a leaf',
  },
]

const near: readonly Near[] = [
  { that: 'a page is mapped', spoil: mapped },
  { that: 'a page is mapped by both containers', on: second, spoil: all(mapped, pinBySecond) },
  { that: 'a page is mapped by the second alone', on: second, spoil: pinBySecond },
  { that: 'the backing moved on', spoil: all(mapped, moved, orphan) },
  { that: 'it moved on, pinned by both', on: second, spoil: all(mapped, pinBySecond, moved, orphan) },
  { that: 'it moved on, pinned by the second alone', on: second, spoil: all(pinBySecond, moved, orphan) },
  { that: 'the host refers to a page that is shared', on: referred, spoil: all(private1, refersTo(2)) },
  {
    that: 'guest_memfd does not look for references',
    on: { ...referred, platform: { inPlacePinCheck: 'none' } },
    spoil: all(private1, refersTo(1)),
  },
  { that: 'in place, orphans say nothing', on: { scope: { backing: 'in-place' } }, spoil: orphan },
  { that: 'a mapping has no device', on: hotplug, spoil: all(noDevice, mapping, counts(1, 1, 0, 0)) },
  { that: 'a call takes what its range has', spoil: gone(1, 2, 1, 2) },
  { that: 'version 1 takes what begins inside whole', on: { host: { unmapsWhole: true } }, spoil: gone(1, 4, 1, 2) },
  { that: 'no mapping went', spoil: gone(0, 0, 1, 2) },
  { that: 'the container is empty at its end', spoil: closed(2) },
  { that: 'it is being torn down', spoil: all(mapped, closed(1)) },
  {
    that: 'no frame is pinned by design',
    on: { host: { pins: false } },
    spoil: all(leaf, mapping),
  },
  {
    that: 'there is no accounting',
    on: { host: { accounting: 'none' } },
    spoil: all(leaf, morePins(1)),
  },
  ...[leaf, morePins(1), mapping, counts(1, 0, 0, 0), counts(0, 0, 0, 1)].map((spoil, at) => ({
    that: `a call is under way that has done a part (${at})`,
    spoil: all(calling, spoil),
  })),
]

judges(accountsBalance, [...ofWhole, ...ofPages], near)
