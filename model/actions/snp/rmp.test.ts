import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { type Platform, presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Attr, Owner, Sept, Tag } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

/** A guest of private pages, all validated, under a host that does nothing of its own. */
function guest(rmpEntries: Platform['rmpEntries'] = '4k', input: ScopeInput = {}): ManualMachine {
  const scope = must(makeScope({ start: 'private', ...input }))
  const platform = { ...presets['sev-snp'], rmpEntries }
  return new ManualMachine(machineFrom(scope, platform, withParts('secureEpt', 'content'), idleHost))
}

const zap = 'kvm.zap-private vcpu=0 gfn=1'
const share = 'snp.rmpupdate-shared vcpu=0 gfn=1'
const flush = 'snp.clflush vcpu=0 gfn=1'
const resolve = 'kvm.fault-resolve vcpu=0 gfn=1'
const install = 'kvm.fault-install vcpu=0'
const validate = 'snp.pvalidate vcpu=0 gfn=1 size=4k'

/** The machine once page 1 is taken back and its frame is freed. */
function withoutPage1(rmpEntries: Platform['rmpEntries'] = '4k'): ManualMachine {
  const snp = guest(rmpEntries)
  if (rmpEntries === 'largest') snp.force('snp.psmash vcpu=0 gfn=1')
  for (const step of [zap, share, flush, 'gmem.punch-hole vcpu=0 gfn=1']) snp.force(step)
  return snp
}

describe('a private page that KVM takes back', () => {
  test('is no longer mapped first, then shared in the RMP and unflushed, then clean', () => {
    const snp = guest()
    const frame = snp.state.privateFrame[1] - 1
    const seen = [zap, share, flush].map((step) => {
      snp.force(step)
      return [snp.state.sept[1], snp.state.owner[frame], snp.state.unflushed[frame]]
    })
    expect(seen).toEqual([
      [Sept.Blocked, Owner.Td, 0],
      [Sept.Free, Owner.Removed, 1],
      [Sept.Free, Owner.Removed, 0],
    ])
  })

  test('is assigned again at the next fault, mapped when that is installed, and used when it is validated', () => {
    const snp = withoutPage1()
    const read = 'guest.access vcpu=0 gfn=1 access=read'
    snp.take(resolve)
    const frame = snp.state.privateFrame[1] - 1
    expect([snp.state.sept[1], snp.state.owner[frame]]).toEqual([Sept.PendingBlocked, Owner.Td])
    snp.take(install)
    expect([snp.state.sept[1], snp.can(read)]).toEqual([Sept.Pending, false])
    snp.state.tag[frame] = Tag.Device
    expect(snp.take(validate)).toBe('ok')
    expect([snp.state.sept[1], snp.state.tag[frame], snp.can(read)]).toEqual([Sept.Mapped, Tag.Zero, true])
  })

  test('has no fault while it is being invalidated, since that is looked for before the frame is', () => {
    const snp = withoutPage1()
    snp.force('kvm.invalidate-begin vcpu=1 gfn=0 count=2')
    expect(snp.can(resolve)).toBe(false)
    snp.force('kvm.invalidate-end vcpu=1')
    expect(snp.can(resolve)).toBe(true)
  })

  test('stays assigned where the guest wants it again before its frame is freed, and is validated anew', () => {
    const snp = guest()
    snp.force(zap)
    expect(snp.take(resolve)).toBe('ok')
    snp.take(install)
    expect(snp.state.sept[1]).toBe(Sept.Pending)
  })

  test('keeps its frame from all others if KVM gives it up', () => {
    const snp = guest()
    const frame = snp.state.privateFrame[1] - 1
    snp.force(zap)
    snp.force('snp.leak-page vcpu=0 gfn=1')
    expect([snp.state.owner[frame], snp.state.privateFrame[1], snp.state.sept[1]]).toEqual([Owner.Td, 0, Sept.Free])
  })
})

describe('a frame that is freed while the RMP has it assigned', () => {
  test("goes to its next user as the guest's", () => {
    const snp = guest('4k', { frames: 'pool', failures: 1, pages: 2 })
    const frame = snp.state.privateFrame[1] - 1
    snp.force(zap)
    snp.force('gmem.punch-hole vcpu=0 gfn=1')
    expect([snp.state.owner[frame], snp.state.freedAssigned[frame]]).toEqual([Owner.Td, 1])
    snp.take(resolve)
    expect([snp.state.privateFrame[1] - 1, snp.state.freedAssigned[frame]]).toEqual([frame, 0])
  })
})

describe('an RMP entry of a superpage', () => {
  test('makes the RMPUPDATE of one of its pages wait until it is split, which leaves the others validated', () => {
    const snp = guest('largest')
    expect([snp.state.rmpLarge[0], snp.force('snp.psmash vcpu=0 gfn=1'), snp.state.rmpLarge[0]]).toEqual([1, 'ok', 0])
    snp.force(zap)
    expect([snp.force(share), snp.state.sept[0]]).toEqual(['ok', Sept.Mapped])
  })

  test('comes where all of its pages are private and none is assigned, and not beside an assigned one', () => {
    const beside = withoutPage1('largest')
    beside.take(resolve)
    expect([beside.state.rmpLarge[0], beside.state.sept[0]]).toEqual([0, Sept.Mapped])
    const alone = withoutPage1('largest')
    for (const step of [zap, share, flush, 'gmem.punch-hole vcpu=0 gfn=1']) alone.force(step.replace('gfn=1', 'gfn=0'))
    alone.take(resolve)
    expect([alone.state.rmpLarge[0], alone.state.sept[0]]).toEqual([1, Sept.PendingBlocked])
  })

  test('does not come where a page of it is shared', () => {
    const snp = withoutPage1('largest')
    for (const step of [zap, share, flush, 'gmem.punch-hole vcpu=0 gfn=1']) snp.force(step.replace('gfn=1', 'gfn=0'))
    snp.state.attr[0] = Attr.Shared
    snp.take(resolve)
    expect([snp.state.rmpLarge[0], snp.state.sept[1]]).toEqual([0, Sept.PendingBlocked])
  })

  test('does not come while KVM changes the attribute of a page of it', () => {
    const snp = withoutPage1('largest')
    for (const step of [zap, share, flush, 'gmem.punch-hole vcpu=0 gfn=1']) snp.force(step.replace('gfn=1', 'gfn=0'))
    snp.force('kvm.invalidate-begin vcpu=0 gfn=0 count=1')
    snp.take('kvm.fault-resolve vcpu=1 gfn=1')
    expect([snp.state.rmpLarge[0], snp.state.sept[0], snp.state.sept[1]]).toEqual([0, Sept.Free, Sept.PendingBlocked])
  })

  test('is validated at once, or is split where the guest validates one page', () => {
    const snp = guest('largest')
    snp.state.sept.fill(Sept.Pending)
    expect([snp.can(validate), snp.can('snp.pvalidate vcpu=0 gfn=1 size=superpage')]).toEqual([false, false])
    expect(snp.take('snp.pvalidate vcpu=0 gfn=0 size=superpage')).toBe('ok')
    expect([...snp.state.sept]).toEqual([Sept.Mapped, Sept.Mapped, Sept.Pending, Sept.Pending])
    expect(snp.take('kvm.rmp-fault vcpu=0 gfn=2')).toBe('ok')
    expect([snp.state.rmpLarge[1], snp.state.sept[2]]).toEqual([0, Sept.PendingBlocked])
  })

  test('that is split at a fault has pages behind it zapped too, as many as a superpage has', () => {
    const snp = guest('largest')
    snp.state.sept[1] = Sept.Pending
    expect(snp.take('kvm.rmp-fault vcpu=0 gfn=1')).toBe('ok')
    expect([...snp.state.sept]).toEqual([Sept.Blocked, Sept.PendingBlocked, Sept.Blocked, Sept.Mapped])
  })
})

test('a page that is validated already says so', () => {
  expect(guest().take(validate)).toBe('PVALIDATE_FAIL_NOUPDATE')
})
