import { describe, expect, test } from 'vitest'
import { places } from '../model/actions/places.js'
import { Sept } from '../model/machine/state.js'
import { clearAdded } from '../model/memory/frame-allocator.js'
import { at, drop } from './operators.js'
import { changed, type Fault, violated, violatedByRow } from './testing/planted.js'

// Faults of no public report that show in what the guest has of its pages: each is to fall in the configuration that is
// said to show it.

const vcpuArg = places('vcpu')

const faults: readonly Fault[] = [
  {
    fault: 'a page that goes back to shared keeps the frame that its guest has touched meanwhile',
    design: 'on-demand-4k',
    wrong: drop(at('undoPrivate', 'each unanswered, private page of chunk', 'call discard-private on page')),
    where: 'arbitrary guest, failure',
    breaks: 'single-backing',
  },
  {
    fault: 'a page that the host takes by force is left as it was',
    design: 'on-demand-4k',
    platform: 'pkvm',
    backing: 'in-place',
    wrong: {
      kind: 'pkvm.force-reclaim',
      does: (right) => (m, s, a) => {
        const tag = s.tag.slice()
        right(m, s, a)
        s.tag.set(tag)
      },
    },
    where: 'host access, guest',
    breaks: 'sept-protocol',
  },
  {
    fault: 'the second of two faults at a page has the TSM add it once more',
    design: 'on-demand-4k',
    platform: 'riscv-cove',
    wrong: {
      kind: 'kvm.fault-install',
      does: (right) => (m, s, a) => {
        const gfn = s.faultGfn[a[vcpuArg.vcpu]] - 1
        const isPrivate = gfn >= 0 && s.faultShared[a[vcpuArg.vcpu]] === 0
        if (isPrivate && s.sept[gfn] === Sept.Mapped) clearAdded(m, s, gfn, s.privateFrame[gfn] - 1)
        right(m, s, a)
      },
    },
    where: 'guest',
    breaks: 'private-integrity',
  },
  {
    fault: 'a slot is split, and what KVM maps of it stays',
    design: 'punch-holes',
    wrong: drop(at('toPrivate', 'each page of chunk', 'kvm.zap-shared')),
    where: 'memory slots',
    breaks: 'sept-protocol',
  },
  {
    fault: 'the RMM does not say at an unmap that the content is gone',
    design: 'on-demand-4k',
    platform: 'arm-cca',
    wrong: {
      kind: 'rmi.rtt-data-unmap',
      does: (right) => (m, s, a) => {
        const ripas = s.ripas.slice()
        right(m, s, a)
        s.ripas.set(ripas)
      },
    },
    where: 'guest',
    breaks: 'sept-protocol',
  },
]

describe('check looks where a fault shows in what the guest has', () => {
  test.each(faults)('$fault', { tags: 'long' }, (fault) => {
    expect(violatedByRow(fault, changed(fault))).toEqual([fault.breaks])
    const right: Fault = { ...fault, wrong: { kind: 'iommu.wait' } }
    expect(violated(right, changed(right)), 'without the fault').toEqual([])
  })
})
