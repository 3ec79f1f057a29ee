import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { machineFrom } from '../build-machine.js'
import { noParts, withParts } from '../machine/parts.js'
import { type Platform, presets } from '../machine/platform.js'
import { makeScope, type ScopeInput } from '../machine/scope.js'
import { Table } from '../machine/state.js'
import { idleHost } from '../plan/idle-host.js'
import { ManualMachine } from '../testing/manual-machine.js'

function host(input: ScopeInput = {}, platform: Partial<Platform> = {}, parts = noParts): ManualMachine {
  return new ManualMachine(
    machineFrom(must(makeScope(input)), { ...presets['tdx-2021-reading'], ...platform }, parts, idleHost),
  )
}

test('TDH.PHYMEM.PAGE.WBINVD is refused for a page that is still the TD’s', () => {
  const tdx = host({ start: 'private' }, {}, withParts('secureEpt', 'content'))
  expect(tdx.force('tdh.phymem.page.wbinvd vcpu=0 gfn=0')).toBe('TDX_PAGE_METADATA_INCORRECT')
})

test('a page in the hole of a memory slot cannot be pinned by HVA, and nothing is pinned', () => {
  const mm = host()
  mm.force('kvm.split-slot vcpu=0 gfn=1')
  expect(mm.force('mm.pin-page vcpu=0 iovfn=1')).toBe('EFAULT')
  expect(mm.state.pinnedPages[0]).toBe(0)
})

test('guest_memfd is refused by map-file: a page in place cannot be pinned by file', () => {
  expect(host({ backing: 'in-place' }).force('mm.pin-file-page vcpu=0 iovfn=0')).toBe('EINVAL')
})

test('a small leaf over another is EADDRINUSE on 7.2, keeps the old one on 6.12, and is EEXIST on SMMUv3', () => {
  for (const [mapOverLeaf, outcome] of [
    ['refuse', 'EADDRINUSE'],
    ['replace-large', 'ok'],
    ['replace-table', 'EEXIST'],
  ] as const) {
    const vtd = host({}, { mapOverLeaf })
    vtd.force('mm.pin-page vcpu=0 iovfn=0')
    vtd.force('iommu.write-entry vcpu=0 domain=0 iovfn=0 size=4k')
    const before = vtd.state.bytes.slice()
    expect(vtd.force('iommu.write-entry vcpu=0 domain=0 iovfn=0 size=4k')).toBe(outcome)
    expect(vtd.state.bytes).toEqual(before)
  }
})

test('a leaf in a region whose table pages are both waiting for a flush is ENOMEM', () => {
  const vtd = host()
  vtd.force('mm.pin-page vcpu=0 iovfn=0')
  vtd.state.table.fill(Table.Unlinked, 0, 2)
  expect(vtd.force('iommu.write-entry vcpu=0 domain=0 iovfn=0 size=4k')).toBe('ENOMEM')
  expect(vtd.force('iommu.allocate-table vcpu=0 domain=0 iovfn=0')).toBe('ENOMEM')
})
