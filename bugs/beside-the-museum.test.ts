import { describe, expect, test } from 'vitest'
import { iommufd } from '../designs/drivers/iommufd.js'
import { eachSharedUnmappedPage, eachUnacknowledgedMappedPage, eachUnit } from '../designs/vocabulary/loops.js'
import { area, chunk, given } from '../designs/vocabulary/ranges.js'
import { acquire, release, submitPsi } from '../designs/vocabulary/steps.js'
import { places } from '../model/actions/places.js'
import { typeMapMemlock } from '../spec/index.js'
import { argument, at, drop, insertBefore, loopOver, onArchitecture, onlyWhen, replace, swap } from './operators.js'
import { changed, type Fault, violated, violatedByRow } from './testing/planted.js'
import { firstIteration, firstOfSuperpage, firstPageOf, oneLess, withoutFirst } from './values.js'

// Faults of no public report, each in one place of a design, a driver, KVM or a row, that `check` once missed or that
// stand where none was planted before: each is to fall in the configuration that is said to show it.

const areaArg = places('vcpu', 'iovfn', 'count')

const entry = 'each secure EPT entry of call'
const trusting = { devices: 2, trustedDevices: 1 } as const

const rollBack = ['when area is not empty', 'when some page of area has an entry, or a table was unlinked'] as const

/** What iommufd does with its areas once no device is attached. */
const emptying = iommufd.detach?.body.flatMap((node) => ('when' in node ? node.body : [])) ?? []

const faults: readonly Fault[] = [
  {
    fault: 'what is right of a chunk is never mapped again',
    design: 'on-demand-superpage',
    wrong: drop(at('toPrivate', 'when something of hull is mapped', 'call map on right of chunk')),
    where: 'plain',
    breaks: 'conversion-ends',
  },
  {
    fault: 'a new table is not cleared for a unit that does not snoop',
    design: 'hitless-coalesce',
    wrong: {
      kind: 'iommu.write-entry',
      does: (right) => (m, s, a) => {
        const seen = s.visiblePte.slice()
        right(m, s, a)
        for (const [at, entry] of seen.entries()) if (s.visiblePte[at] === 0) s.visiblePte[at] = entry
      },
    },
    where: 'incoherent, one region',
    breaks: 'no-stale-frame',
  },
  {
    fault: 'a map that meets a limit in its middle unpins the runs before, and leaves them in the IOTLB',
    design: 'on-demand-superpage/by-runs',
    wrong: drop(at('undo of map', ...rollBack, 'each unit')),
    where: 'locked memory',
    breaks: 'no-stale-frame',
  },
  {
    fault: 'a page leaves the secure EPT, and the second of two units keeps it',
    design: 'on-demand-4k',
    platform: 'tdx-connect',
    wrong: onArchitecture('tdx-connect', drop(at('set-shared', entry, 'when unit 1 has an accepted entry'))),
    where: 'trusted devices',
    breaks: 'conversion-ends',
  },
  {
    fault: 'a rollback flushes what its map wrote from the second page on',
    design: 'on-demand-superpage',
    wrong: replace(at('undo of map', ...rollBack, 'each unit', 'iommu.submit-psi'), [submitPsi(withoutFirst(area))]),
    where: 'raw calls',
    states: 20_000,
    breaks: 'no-stale-frame',
  },
  {
    fault: 'a rollback flushes a page too few, once all is written and the limit of locked memory is met',
    design: 'on-demand-superpage',
    driver: 'iommufd',
    wrong: argument(at('undo of map', ...rollBack, 'each unit', 'iommu.submit-psi'), 'count', oneLess(area)),
    where: 'locked memory',
    breaks: 'no-stale-frame',
  },
  {
    fault: 'a refused conversion takes back what it mapped of the first page of the chunk alone',
    design: 'fd-offset',
    wrong: loopOver(
      at('undoShared', 'each unacknowledged, mapped page of chunk'),
      eachUnacknowledgedMappedPage(firstPageOf(chunk)),
    ),
    where: 'private superpage, failure',
    breaks: 'conversion-ends',
  },
  {
    fault: 'the lock of the container is dropped between the flush and the unpin',
    design: 'on-demand-4k',
    driver: 'type1v2',
    wrong: insertBefore(at('unmap', 'each mapping of the call', 'each pinned page of area'), [
      release('container'),
      acquire('container'),
    ]),
    where: 'two raw callers, failure',
    breaks: 'accounts-balance',
  },
  {
    fault: 'an RMP entry of a superpage is split only where its first page becomes shared',
    design: 'on-demand-4k',
    backing: 'in-place',
    platform: 'sev-snp',
    wrong: onArchitecture(
      'sev-snp',
      onlyWhen(at('set-shared', `${entry} (2)`, 'when in an RMP entry of a superpage'), firstOfSuperpage),
    ),
    where: 'large entries',
    breaks: 'conversion-ends',
  },
  {
    fault: 'KVM gives up every frame of the guest, as if the RMP refused to make it shared',
    design: 'on-demand-4k',
    platform: 'sev-snp',
    wrong: onArchitecture('sev-snp', drop(at('discard-private', `${entry} (2)`, 'snp.rmpupdate-shared'))),
    where: 'guest',
    breaks: 'accounts-balance',
  },
  {
    fault: 'the RMM hands a granule back before it invalidates the translations of it',
    design: 'on-demand-4k',
    platform: 'arm-cca',
    wrong: onArchitecture('arm-cca', swap(at('set-shared', entry, 'rmm.tlbi'), 'rmm.drain')),
    where: 'guest',
    breaks: 'sept-protocol',
  },
  {
    fault: 'a superpage is put back, and only the first of two units drops the table',
    design: 'hitless-coalesce',
    wrong: loopOver(at('map', 'when the region is one run', 'each unit'), firstIteration(eachUnit, 'turn')),
    where: 'two units',
    breaks: 'no-shared-fault',
  },
  {
    fault: 'the mirror flushes a page less than it clears',
    design: 'mirror-guest-memfd',
    backing: 'in-place',
    wrong: argument(at('unmap', 'each unit', 'iommu.submit-psi'), 'count', oneLess(given)),
    where: 'plain',
    breaks: 'no-private-reach',
  },
  {
    fault: 'a refused conversion maps again the first page of the chunk alone',
    design: 'attributes-first/undone',
    wrong: loopOver(
      at('undoPrivate', 'each shared, unmapped page of chunk'),
      eachSharedUnmappedPage(firstPageOf(chunk)),
    ),
    where: 'one superpage, failure',
    breaks: 'no-shared-fault',
  },
  {
    fault: 'KVM zaps a page less than the range whose attribute it stores',
    design: 'on-demand-4k',
    wrong: argument(at('set-private', 'kvm.zap-shared'), 'count', oneLess(given)),
    where: 'guest',
    breaks: 'sept-protocol',
  },
  {
    fault: 'a mapping that is split keeps its length on the left',
    design: 'hitless-cut',
    wrong: {
      kind: 'area.split',
      does: (right) => (m, s, a) => {
        const first = s.mapOf[a[areaArg.iovfn]] - 1
        const length = s.mapLength[first]
        right(m, s, a)
        if (first >= 0 && first < a[areaArg.iovfn]) s.mapLength[first] = length
      },
    },
    where: 'two raw callers, failure',
    breaks: 'no-stale-frame',
  },
  {
    fault: 'guest_memfd frees a frame that the RMP still has',
    design: 'on-demand-4k',
    platform: 'sev-snp',
    wrong: onArchitecture('sev-snp', drop(at('discard-private', `${entry} (2)`))),
    where: 'guest, common pool',
    breaks: 'no-private-reach',
  },
  {
    fault: 'the RMM drains an entry, and does not invalidate its translations',
    design: 'on-demand-4k',
    platform: 'arm-cca',
    wrong: onArchitecture('arm-cca', drop(at('set-shared', entry, 'rmm.tlbi'))),
    where: 'guest',
    breaks: 'sept-protocol',
  },
  {
    fault: 'a page is invalidated only once its fence has begun',
    design: 'on-demand-4k',
    platform: 'riscv-cove',
    wrong: onArchitecture('riscv-cove', swap(at('set-shared', entry, 'cove.tvm-fence'), 'cove.tvm-invalidate-pages')),
    where: 'guest',
    breaks: 'conversion-ends',
  },
  {
    fault: 'a unit reports an invalidation for the TD as done before its DMA has drained',
    design: 'on-demand-4k',
    platform: 'tdx-connect',
    scope: trusting,
    wrong: {
      kind: 'iommu.retire-td',
      possible: (right) => (m, s, a) => {
        const owed = s.trustedDrain.slice()
        s.trustedDrain.fill(0)
        const isPossible = right(m, s, a)
        s.trustedDrain.set(owed)
        return isPossible
      },
    },
    where: 'guest',
    breaks: 'sept-protocol',
  },
  {
    fault: 'a unit keeps its first entry when it invalidates for the TD',
    design: 'on-demand-4k',
    platform: 'tdx-connect',
    scope: trusting,
    wrong: {
      kind: 'iommu.invalidate-td',
      does: (right) => (m, s, a) => {
        const slot = a[places('unit').unit] * m.scope.iotlbEntries
        const [key, frame] = [s.trustedKey[slot], s.trustedFrame[slot]]
        right(m, s, a)
        s.trustedKey[slot] = key
        s.trustedFrame[slot] = frame
      },
    },
    where: 'guest',
    breaks: 'sept-protocol',
  },
  {
    fault: 'an attach that fails leaves the areas that it has filled by then',
    design: 'on-demand-4k',
    driver: 'iommufd',
    wrong: drop(at('undo of attach', 'each mapping of the call')),
    where: 'raw calls, hotplug',
    breaks: 'accounts-balance',
  },
  {
    fault: 'areas are emptied when one of two devices goes',
    design: 'on-demand-4k',
    driver: 'iommufd',
    wrong: replace(at('detach', 'when no device is attached'), emptying),
    where: 'hotplug',
    breaks: 'accounts-balance',
  },
  {
    fault: 'a page is charged to the first process, and another maps it',
    design: 'on-demand-4k',
    wrong: {
      kind: 'mm.pin-page',
      does: (right) => (m, s, a) => {
        right(m, s, a)
        if (s.payer.length > 0) s.payer[a[areaArg.iovfn]] = 1
      },
    },
    where: 'raw calls, two processes',
    breaks: 'accounts-balance',
  },
  {
    fault: 'the limit of the process that maps now is not asked',
    design: 'on-demand-4k',
    wrong: { kind: 'mm.pin-page', never: [typeMapMemlock] },
    where: 'raw calls, two processes',
    breaks: 'accounts-balance',
  },
  {
    fault: 'of two devices behind a unit, the first alone drops what its TLB has',
    design: 'on-demand-4k',
    wrong: {
      kind: 'iommu.invalidate',
      does: (right) => (m, s, a) => {
        const [keys, leaves] = [s.devtlbKey.slice(m.scope.iotlbEntries), s.devtlbLeaf.slice(m.scope.iotlbEntries)]
        right(m, s, a)
        s.devtlbKey.set(keys, m.scope.iotlbEntries)
        s.devtlbLeaf.set(leaves, m.scope.iotlbEntries)
      },
    },
    where: 'device TLB',
    breaks: 'no-stale-frame',
  },
  {
    fault: 'an attach does not wait for maps that continue without the lock of the container',
    design: 'on-demand-4k/maps-at-once',
    wrong: replace(at('attach', 'lock.acquire-write container'), [acquire('container')]),
    where: 'two raw callers, hotplug',
    breaks: 'calls-as-promised',
  },
]

describe('check looks where a fault shows that no report has', () => {
  test.each(faults)('$fault', { tags: 'long' }, (fault) => {
    expect(violatedByRow(fault, changed(fault))).toEqual([fault.breaks])
    const right: Fault = { ...fault, wrong: { kind: 'iommu.wait' } }
    expect(violated(right, changed(right)), 'without the fault').toEqual([])
  })
})
