import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { type Part, withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { Attr, HostPage, IdentityEntry, Owner, Sept, Tag } from '../../machine/state.js'
import { vcpuKey } from '../../memory/tlb-tracking.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { donate, takeByForce, writeGuestEntry } from './stage-2.js'

/** A guest whose page 1 vCPUs 0 and 1 have cached by the address of the guest's own side. */
function guest(...parts: Part[]) {
  const scope = must(makeScope({ start: 'shared', backing: 'in-place' }))
  const made = machineFrom(scope, presets.pkvm, withParts('secureEpt', 'content', ...parts), idleHost)
  const { machine: m, state: s } = new ManualMachine(made)
  s.tag.fill(Tag.Host)
  s.vcpuTlb.fill(vcpuKey(1, true))
  m.event.clear()
  m.touched.clear()
  return { m, s }
}

test('a page of the guest is known to it as it is, and one that it shares leaves what vCPUs have cached', () => {
  const written = (attr: number) => {
    const { m, s } = guest()
    writeGuestEntry(m, s, 1, attr)
    return [s.sept[1], s.sharedEpt[1], s.tag[1], [...s.vcpuTlb].filter((key) => key !== 0).length, m.event.removed]
  }
  expect(written(Attr.Private)).toEqual([Sept.Mapped, 0, Tag.Guest, 2, 0])
  expect(written(Attr.Shared)).toEqual([Sept.Free, 1, Tag.Host, 0, 1])
})

test('a page that the guest shares is found by its shared address from then on', () => {
  const { m, s } = guest()
  s.sharedEpt[1] = 0
  writeGuestEntry(m, s, 1, Attr.Shared)
  expect(s.sharedEpt[1]).toBe(1)
})

test('a page is donated only by a host that owns it', () => {
  const donated = (hostPage: number) => {
    const { m, s } = guest()
    s.hostPage[1] = hostPage
    donate(m, s, 1)
    return [s.owner[1], s.hostPage[1], s.idmap[1]]
  }
  expect(donated(HostPage.Owned)).toEqual([Owner.Td, HostPage.NoPage, IdentityEntry.Absent])
  expect(donated(HostPage.Borrowed)).toEqual([Owner.Host, HostPage.Borrowed, IdentityEntry.Mapped])
})

test('a page that the host takes by force leaves what every vCPU has cached, and holds nothing of the guest', () => {
  const { m, s } = guest('hostAccess')
  s.owner[1] = Owner.Td
  takeByForce(m, s, 1)
  expect([s.sept[1], s.tag[1], s.owner[1], s.hostPage[1], s.poisoned[1], m.event.removed]).toEqual([
    ...[Sept.Free, Tag.Zero, Owner.Host, HostPage.Owned, 1, 1],
  ])
  expect([...s.vcpuTlb].every((key) => key === 0)).toBe(true)
})
