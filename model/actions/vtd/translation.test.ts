import { describe, expect, test } from 'vitest'
import { FaultReason } from '../../machine/effects.js'
import { type Platform, presets } from '../../machine/platform.js'
import { Reg } from '../../machine/registers.js'
import { Owner, Tag } from '../../machine/state.js'
import { makeLeaf, Perm } from '../../memory/page-table.js'
import { clear, complete, drop, hit, issue, map, outcome, unit, walk, walkAndFill } from '../../testing/dma-by-hand.js'
import type { ManualMachine } from '../../testing/manual-machine.js'

describe('a DMA', () => {
  test('to a mapped page is translated, then done, and leaves its data', () => {
    const vtd = unit({ parts: ['content'] })
    map(vtd, 1)
    expect(outcome(vtd, issue(1), walk)).toBe('Translated')
    expect(outcome(vtd, complete)).toBe('done')
    expect(vtd.state.tag[vtd.state.sharedFrame[1] - 1]).toBe(Tag.Device)
  })

  test('to a page that is not mapped is blocked', () => {
    expect(outcome(unit(), issue(1), walk)).toBe('blocked: NotPresent')
  })

  test('through a superpage reaches the frame of its own page', () => {
    const vtd = unit()
    map(vtd, 2, 'superpage')
    expect(outcome(vtd, issue(3), walkAndFill)).toBe('Translated')
    expect(vtd.state.dmaFrame[0]).toBe(vtd.state.sharedFrame[3])
    outcome(vtd, complete)
    expect(outcome(vtd, issue(2), 'iommu.hit-iotlb device=0 size=superpage keep=none')).toBe('Translated')
    expect(vtd.state.dmaFrame[0]).toBe(vtd.state.sharedFrame[2])
  })

  test('of a device whose translation is blocked meets no context entry', () => {
    const vtd = unit()
    map(vtd, 1)
    vtd.force('iommu.block-translation vcpu=0 device=0')
    expect(outcome(vtd, issue(1), walk)).toBe('blocked: NoContext')
  })

  test('may use what the IOTLB holds after the entry is gone, until that is invalidated or evicted', () => {
    const vtd = unit()
    map(vtd, 1)
    outcome(vtd, issue(1), walkAndFill, complete)
    vtd.force(clear(1))
    expect(outcome(vtd, issue(1), hit)).toBe('Translated')
    outcome(vtd, complete)
    vtd.take('iommu.evict-iotlb slot=0')
    vtd.take(issue(1))
    expect(vtd.can(hit)).toBe(false)
    expect(outcome(vtd, walk)).toBe('blocked: NotPresent')
  })
})

describe('a write-only mapping', () => {
  const readOf = (preset: 'linux-6.12' | 'linux-7.2') => {
    const vtd = unit({ platform: presets[preset], parts: ['content'] })
    vtd.state.reg[Reg.permissions] = Perm.Write
    map(vtd, 1)
    expect(outcome(vtd, issue(1, 'write'), walk, complete)).toBe('done')
    return outcome(vtd, issue(1, 'read'), walk)
  }

  test('is readable on linux-6.12 and not on linux-7.2', () => {
    expect(readOf('linux-6.12')).toBe('Translated')
    expect(readOf('linux-7.2')).toBe('blocked: NoRead')
  })
})

describe('a DMA that reaches a frame of the TD', () => {
  const reached = (dmaToPrivate: Platform['dmaToPrivate'], access: 'read' | 'write') => {
    const vtd = unit({ parts: ['content'], platform: { dmaToPrivate } })
    map(vtd, 1)
    outcome(vtd, issue(1, access), walk)
    const frame = vtd.state.sharedFrame[1] - 1
    vtd.state.owner[frame] = Owner.Td
    const end = outcome(vtd, complete)
    return [end, vtd.state.hostDead[0], vtd.state.poison[frame]]
  }

  test('faults alone, poisons what it writes, or ends the host, as the platform says', () => {
    expect(reached('contained-fault', 'write')).toEqual(['blocked: PrivateKey', 0, 0])
    expect(reached('poison-then-host-fatal', 'write')).toEqual(['done', 0, 1])
    expect(reached('host-fatal', 'write')).toEqual(['done', 1, 0])
    expect(reached('host-fatal', 'read')).toEqual(['done', 1, 0])
  })

  test('leaves nothing to happen on a host that is dead', () => {
    const vtd = unit()
    vtd.state.hostDead[0] = 1
    expect(vtd.can(issue(0))).toBe(false)
  })
})

describe('an address with SHARED clear', () => {
  const tried = (iovaShared: Platform['iovaShared'], privateGpaInput: Platform['privateGpaInput'], half: string) => {
    const vtd = unit({ platform: { iovaShared, privateGpaInput } })
    map(vtd, 0)
    return outcome(vtd, issue(0, 'write', half), walk)
  }

  test('is what every DMA has where the bit is stripped: an IOMMU that aborts it lets none pass', () => {
    expect(tried('stripped', 'passes', 'mapped')).toBe('Translated')
    expect(tried('stripped', 'aborts', 'mapped')).toBe('blocked: PrivateGpa')
  })

  test('is aborted, or just not mapped, where addresses keep the bit', () => {
    expect(tried('kept', 'aborts', 'mapped')).toBe('Translated')
    expect(tried('kept', 'aborts', 'other')).toBe('blocked: PrivateGpa')
    expect(tried('kept', 'passes', 'other')).toBe('blocked: NotPresent')
  })
})

describe('fault records', () => {
  test('fill the ring; then the overflow is set and faults are lost until software clears both', () => {
    const vtd = unit({ scope: { faultRecords: 2 }, parts: ['faultRing'] })
    const after = [0, 1, 2, 3].map((gfn) => {
      outcome(vtd, issue(gfn), walk)
      return [vtd.state.faults[0], vtd.state.overflow[0], vtd.machine.event.recorded]
    })
    expect(after).toEqual([
      [1, 0, 1],
      [2, 0, 1],
      [2, 1, 1],
      [2, 1, 1],
    ])
    vtd.take('iommu.read-faults unit=0')
    expect([vtd.state.faults[0], vtd.state.overflow[0], [...vtd.state.faultRecord]]).toEqual([0, 0, [0, 0]])
    expect(vtd.can('iommu.read-faults unit=0')).toBe(false)
  })

  test('say which page, which access and why', () => {
    const vtd = unit({ parts: ['faultRing'] })
    outcome(vtd, issue(3, 'write'), walk)
    expect(vtd.state.faultRecord[0]).toBe((3 * 2 + 1) * 8 + FaultReason.NotPresent)
  })

  test('are of the unit behind which the device is', () => {
    const vtd = unit({ scope: { units: 2, devices: 2 }, parts: ['faultCount'] })
    vtd.take('dma.issue device=1 gfn=0 access=write half=mapped')
    vtd.take('iommu.walk device=1 keep=none')
    expect([...vtd.state.faults]).toEqual([0, 1])
  })

  test('are not written where FPD is set, and the DMA is blocked all the same', () => {
    const vtd = unit({ platform: { faultProcessingDisable: true }, parts: ['faultCount'] })
    expect(outcome(vtd, issue(0), walk)).toBe('blocked: NotPresent')
    expect([vtd.state.faults[0], vtd.state.overflow[0], vtd.machine.event.recorded]).toEqual([0, 0, -1])
  })

  test('are not written by QEMU for a forbidden write through a cached entry, and for any other', () => {
    const recordedBy = (way: string) => {
      const vtd = unit({ platform: { faultAfterRead: 'suppressed' }, scope: { calls: true } })
      map(vtd, 1)
      vtd.state.pte[1] = vtd.state.pte[1] - 2
      outcome(vtd, issue(1, 'read'), walkAndFill, complete)
      expect(outcome(vtd, issue(1, 'write'), way)).toBe('blocked: NoWrite')
      return vtd.machine.event.recorded
    }
    expect([recordedBy(hit), recordedBy(walk)]).toEqual([-1, 1])
  })
})

describe('caching mode', () => {
  test('lets a device fault on a page that is mapped by now, until the map is followed by an invalidation', () => {
    const vtd = unit({ platform: { cachingMode: true } })
    expect(outcome(vtd, issue(1), walkAndFill)).toBe('blocked: NotPresent')
    map(vtd, 1)
    expect(outcome(vtd, issue(1), hit)).toBe('blocked: NotPresent')
    vtd.force(drop(1))
    vtd.take('iommu.invalidate unit=0')
    vtd.take(issue(1))
    expect(vtd.can(hit)).toBe(false)
    expect(outcome(vtd, walk)).toBe('Translated')
  })

  test('is the only one in which an absent entry is cached', () => {
    const vtd = unit()
    outcome(vtd, issue(1), walkAndFill)
    expect(vtd.state.iotlbKey[0]).toBe(0)
  })
})

describe('a device TLB', () => {
  const cached = (platform: Partial<Platform> = {}) => {
    const vtd = unit({ platform: { ats: true, ...platform } })
    map(vtd, 1)
    outcome(vtd, issue(1), walkAndFill, complete)
    outcome(vtd, issue(1), 'iommu.hit-iotlb device=0 size=4k keep=device-tlb', complete)
    vtd.force(clear(1))
    return vtd
  }
  const own = 'dma.hit-device-tlb device=0 size=4k'
  const dropOwn = 'iommu.submit-device-tlb vcpu=0 unit=0 iovfn=1 count=1'
  const serve = (vtd: ManualMachine) =>
    ['iommu.invalidate unit=0', 'iommu.retire-descriptor unit=0'].map((one) => vtd.take(one))

  test('outlives the IOTLB entry that it came from', () => {
    const vtd = cached()
    vtd.force(drop(1))
    serve(vtd)
    expect(outcome(vtd, issue(1), own)).toBe('Translated')
  })

  test("with a page's leaf does not stop at a neighbour of the TD, also where a leaf is checked as a whole", () => {
    const vtd = cached({ ownerCheck: 'leaf', dmaToPrivate: 'contained-fault' })
    const { owner, sharedFrame } = vtd.state
    owner[(sharedFrame[1] ?? 0) - 2] = Owner.Td
    expect(outcome(vtd, issue(1), own)).toBe('Translated')
    owner[(sharedFrame[1] ?? 0) - 1] = Owner.Td
    expect(outcome(vtd, complete, issue(1), own)).toBe('blocked: PrivateKey')
  })

  test('that is invalidated before the IOTLB fills again from it', () => {
    const vtd = cached()
    vtd.force(dropOwn)
    serve(vtd)
    vtd.take(issue(1))
    expect(vtd.can(own)).toBe(false)
    outcome(vtd, 'iommu.hit-iotlb device=0 size=4k keep=device-tlb', complete)
    vtd.force(drop(1))
    serve(vtd)
    expect(outcome(vtd, issue(1), own)).toBe('Translated')
  })

  test('that is invalidated after the IOTLB is empty for good', () => {
    const vtd = cached()
    for (const one of [drop(1), dropOwn]) {
      vtd.force(one)
      serve(vtd)
    }
    vtd.take(issue(1))
    expect([vtd.can(own), vtd.can(hit)]).toEqual([false, false])
  })
})

describe('a unit that does not snoop', () => {
  const incoherent = () => unit({ platform: { coherentPageWalk: false }, parts: ['coherency'] })
  const flush = (iovfn: number) => `iommu.clflush-tables vcpu=0 domain=0 iovfn=${iovfn} count=1`

  test('sees an entry, and that it went, only when its lines are flushed', () => {
    const vtd = incoherent()
    map(vtd, 1)
    expect(outcome(vtd, issue(1), walk)).toBe('blocked: NotPresent')
    vtd.force(flush(1))
    expect(outcome(vtd, issue(1), walk, complete)).toBe('done')
    vtd.force(clear(1))
    expect(outcome(vtd, issue(1), walk, complete)).toBe('done')
    vtd.force(flush(1))
    expect(outcome(vtd, issue(1), walk)).toBe('blocked: NotPresent')
  })

  test('keeps what it saw in a table that was freed, until the table is taken again: it starts empty', () => {
    const vtd = incoherent()
    vtd.state.visiblePte.fill(makeLeaf(1, Perm.Both), 1, 2)
    vtd.force(flush(1))
    expect(vtd.state.visiblePte[1]).toBe(makeLeaf(1, Perm.Both))
    map(vtd, 0)
    expect(vtd.state.visiblePte[1]).toBe(0)
    vtd.force(flush(0))
    expect(outcome(vtd, issue(1), walk)).toBe('blocked: NotPresent')
  })
})
