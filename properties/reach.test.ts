import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { machineFrom } from '../model/build-machine.js'
import type { Machine } from '../model/machine/machine.js'
import { withParts } from '../model/machine/parts.js'
import { presets } from '../model/machine/platform.js'
import { makeScope } from '../model/machine/scope.js'
import { Dma, Owner, type State, Table } from '../model/machine/state.js'
import { iovfnOf } from '../model/machine/units.js'
import { leafAt } from '../model/memory/page-table.js'
import { tlbKey } from '../model/memory/tlb.js'
import { idleHost } from '../model/plan/idle-host.js'
import { ManualMachine } from '../model/testing/manual-machine.js'
import { failureOf } from './failure.js'
import type { Property } from './property.js'
import { noPrivateReach, noStaleFrame } from './reach.js'

const gfn = 1

interface Mapped {
  readonly m: Machine
  readonly s: State
  /** What backs the page, and its leaf. */
  readonly frame: number
  readonly leaf: number
}

/** A machine on which one page is mapped, that nothing has cached. */
function mapped(): Mapped {
  const parts = withParts('walkCache', 'unitMessages', 'deviceTlb')
  const platform = { ...presets['linux-7.2'], ats: true }
  const host = new ManualMachine(machineFrom(must(makeScope({})), platform, parts, { ...idleHost, pins: true }))
  for (const action of [`mm.pin-page vcpu=0 iovfn=${gfn}`, `iommu.write-entry vcpu=0 domain=0 iovfn=${gfn} size=4k`])
    host.force(action)
  const { machine: m, state: s } = host
  m.touched.all()
  return { m, s, frame: s.sharedFrame[gfn] - 1, leaf: leafAt(m, s, 0, iovfnOf(gfn)) }
}

function emptyTables({ s }: Mapped): void {
  s.pde.fill(0)
  s.pte.fill(0)
}

/** Each way to the frame alone. */
const ways: readonly (readonly [string, string, (mapped: Mapped) => void])[] = [
  ['the tables', 'tdx.dma/unmap-before-private', () => undefined],
  [
    'the paging-structure cache',
    'vtd.invalidation/hint-needs-no-freed-table',
    ({ s }) => {
      s.walkCache[0] = s.table.findIndex((use) => use !== Table.Free) + 1
      s.pde.fill(0)
    },
  ],
  [
    'the IOTLB',
    'vtd.invalidation/every-unit',
    (one) => {
      emptyTables(one)
      one.s.iotlbKey[0] = tlbKey(one.m, 0, gfn, false)
      one.s.iotlbLeaf[0] = one.leaf
    },
  ],
  [
    'a device TLB',
    'vtd.device-tlb/required',
    (one) => {
      emptyTables(one)
      one.s.devtlbKey[0] = tlbKey(one.m, 0, gfn, false)
      one.s.devtlbLeaf[0] = one.leaf
    },
  ],
  [
    'a DMA in flight',
    'vtd.invalidation/drain',
    (one) => {
      emptyTables(one)
      one.s.dma[0] = Dma.Translated
      one.s.dmaGfn[0] = gfn
      one.s.dmaFrame[0] = one.frame + 1
    },
  ],
  [
    "a unit's own message",
    'vtd.unit/own-writes',
    (one) => {
      emptyTables(one)
      one.s.messageFrame[0] = one.frame + 1
      one.s.privateFrame[gfn] = one.frame + 1
    },
  ],
]

const broken = ({ m, s }: Mapped, property: Property): readonly [string, string] | undefined => {
  const failure = failureOf(m, s, property)
  return failure && [failure.rule.id, failure.why]
}

test.each(ways)(
  'no-private-reach fails where %s leads to a frame of the TD, and not to one of the host',
  (way, rule, lead) => {
    const one = mapped()
    lead(one)
    expect(broken(one, noPrivateReach)).toBeUndefined()
    one.s.owner[one.frame] = Owner.Td
    expect(broken(one, noPrivateReach)).toEqual([rule, expect.stringContaining(way)])
  },
)

test('no-stale-frame fails by a freed table, without a pin, at a freed frame, and at one that backs no page', () => {
  const stale = (spoil: (mapped: Mapped) => void) => {
    const one = mapped()
    expect(broken(one, noStaleFrame)).toBeUndefined()
    spoil(one)
    return broken(one, noStaleFrame)?.[0]
  }
  expect([
    stale(({ s }) => {
      s.walkCache[0] = s.table.findIndex((use) => use !== Table.Free) + 1
      s.table.fill(Table.Free)
      s.pde.fill(0)
    }),
    stale(({ s, frame }) => {
      s.pins[frame] = 0
    }),
    stale(({ s, frame }) => {
      s.owner[frame] = Owner.Free
    }),
    stale(({ s }) => {
      s.sharedFrame[gfn] = 0
    }),
  ]).toEqual([
    'vtd.superpage/table-freed-after-flush',
    'vfio.removal/unpin-after-sync',
    'kvm.host-memory/pin-holds-frame',
    'vfio.accounting/pin-keeps-page',
  ])
})
