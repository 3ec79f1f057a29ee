import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { machineFrom } from '../build-machine.js'
import { withParts } from '../machine/parts.js'
import { presets } from '../machine/platform.js'
import { makeScope } from '../machine/scope.js'
import { describe as inWords } from './describe.js'
import { idleHost, ManualMachine } from './manual-machine.js'

test('a state at rest is its pages and its totals', () => {
  const hand = new ManualMachine(
    machineFrom(must(makeScope({ pages: 2 })), presets['linux-7.2'], withParts(), idleHost),
  )
  expect(inWords(hand.machine, hand.state)).toBe(
    [
      'gfn 0: Shared told=shared shared=0(Host) private=-',
      'gfn 1: Shared told=shared shared=1(Host) private=-',
      'mappings 0 entries 0 locked 0 pinned 0',
    ].join('\n'),
  )
})

test('a state at work says what is pinned, mapped, cached, in flight and running', () => {
  const scope = must(makeScope({ pages: 2, start: 'shared', vcpus: 1 }))
  const wait = { ...idleHost, toPrivate: [{ row: 'lock.acquire', args: [() => 0], lock: 0 }] }
  const hand = new ManualMachine(machineFrom(scope, presets['linux-7.2'], withParts('secureEpt'), wait))
  for (const step of [
    'mm.pin-page vcpu=0 iovfn=1',
    'vtd.write-entry vcpu=0 domain=0 iovfn=1 size=4k',
    'shmem.punch-hole vcpu=0 gfn=1',
  ]) {
    hand.force(step)
  }
  hand.take('dma.issue device=0 gfn=1 access=write half=mapped')
  hand.take('vtd.walk device=0 fill=yes')
  hand.take('guest.convert vcpu=0 gfn=0 count=1 to=private')
  expect(inWords(hand.machine, hand.state)).toBe(
    [
      'gfn 0: Shared told=leaving shared=0(Host) private=- sept=Free',
      'gfn 1: Shared told=shared shared=- private=- sept=Free orphans=1',
      'domain 0 region 0: table 1 [-, frame 1 rw]',
      'IOTLB 0: domain 0 iovfn 1 frame 1 rw',
      'device 0: Translated write gfn 1 frame 1',
      'vCPU 0: Running pages 0..0 at lock.acquire',
      'mappings 0 entries 0 locked 1 pinned 1',
    ].join('\n'),
  )
})
