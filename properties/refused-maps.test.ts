import { Flaw } from '../model/machine/action.js'
import { CallKind } from '../model/machine/effects.js'
import { Errno } from '../model/machine/errno.js'
import type { Machine } from '../model/machine/machine.js'
import { makeLeaf, Perm, writePage } from '../model/memory/page-table.js'
import { callsAsPromised } from './calls.js'
import { all, type Breach, judges, type Near, type Unlike } from './testing/by-hand.js'

// Maps that have to be refused, and are done.

type Spoil = Breach['spoil']

const iommufd: Unlike = { host: { accounting: 'iommufd' } }

/** Page 3 is memory of a device. */
const withDevice = { scope: { pages: 4, pagesPerSuperpage: 2, devicePages: 1 } } as const

const entry =
  (iovfn: number): Spoil =>
  (m, s) =>
    writePage(m, s, s.domain[0], iovfn, makeLeaf(iovfn, Perm.Both))
const done = { callKind: CallKind.map, callFailed: 0, callFirst: 1, callEnd: 3 }
const failed = { ...done, callFailed: Errno.EINVAL }
/** A map of pages 1 and 2 is over. */
const mapped: Spoil = all(entry(1), entry(2), (m) => Object.assign(m.event, done))

/** Page 3 is mapped, too, by what keeps the frame to which its entry leads. */
const deviceMapped: Spoil = all(mapped, entry(3), (m, s) => {
  m.event.callEnd = 4
  s.pinnedFrame[3] = 1
})

const breaches: readonly Breach[] = [
  {
    that: 'a map of memory of a device by its address succeeds, by iommufd',
    on: { ...withDevice, ...iommufd },
    spoil: deviceMapped,
    breaks: 'iommufd.map/mmio-by-address: a map is done of page 3, which is memory of a device',
  },
  ...[
    { flaw: Flaw.Empty, of: 'no bytes', rule: 'vfio.map/zero-size', iommufdRule: 'iommufd.map/alignment' },
    { flaw: Flaw.Misaligned, of: 'parts of pages', rule: 'vfio.map/alignment', iommufdRule: 'iommufd.map/alignment' },
    { flaw: Flaw.Wraps, of: 'a range beyond 2^64', rule: 'vfio.map/wrap', iommufdRule: 'iommufd.map/wrap' },
    {
      flaw: Flaw.Outside,
      of: 'a range that the IOMMU does not translate',
      rule: 'vfio.map/outside-aperture',
      iommufdRule: 'iommufd.map/reserved',
    },
  ].flatMap(({ flaw, of, rule, iommufdRule }) =>
    [rule, iommufdRule].map((broken, at) => ({
      that: `a map of ${of} succeeds, by ${at === 0 ? 'type1' : 'iommufd'}`,
      on: at === 0 ? {} : iommufd,
      spoil: all(mapped, (m: Machine) => Object.assign(m.event, { callFlaw: flaw })),
      breaks: `${broken}: a map of ${of} is done, which is to be refused`,
    })),
  ),
]

const near: readonly Near[] = [
  { that: 'memory of a device is mapped by type1', on: withDevice, spoil: deviceMapped },
  {
    that: 'memory of a device is mapped by its file, by iommufd',
    on: { ...withDevice, host: { accounting: 'iommufd', byFile: true } },
    spoil: deviceMapped,
  },
  {
    that: 'memory beside that of a device is mapped by iommufd',
    on: { ...withDevice, ...iommufd },
    spoil: all(deviceMapped, (m) => Object.assign(m.event, { callEnd: 3 })),
  },
  {
    that: 'a map of a range that is none fails',
    spoil: (m) => Object.assign(m.event, { ...failed, callFlaw: Flaw.Wraps }),
  },
  {
    that: 'memory that is not there is mapped where no device is',
    spoil: all(mapped, (m) => Object.assign(m.event, { callFlaw: Flaw.Unbacked })),
  },
]

judges(callsAsPromised, breaches, near)
