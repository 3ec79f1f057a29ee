import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { type Platform, presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

type Held = 'references' | 'pins'

/** In place, pages 1 and 2 turn private, or shared again, while something holds the frame of one page. */
function turned(held: Held, page: number, inPlacePinCheck: Platform['inPlacePinCheck'], to = 'private') {
  const scope = must(makeScope({ backing: 'in-place', references: 1 }))
  const platform = { ...presets['linux-7.2'], inPlacePinCheck }
  const hand = new ManualMachine(machineFrom(scope, platform, withParts(), idleHost))
  hand.state[held][page] = 1
  return hand.force(`kvm.set-attributes vcpu=0 gfn=1 count=2 to=${to}`)
}

test.each(['references', 'pins'] as const)('in place, a page of the range with %s does not turn private', (held) => {
  const answers = [0, 1, 2, 3].map((page) => turned(held, page, 'refuse'))
  expect(answers).toEqual(['ok', 'EAGAIN', 'EAGAIN', 'ok'])
})

test.each(['references', 'pins'] as const)('%s are not asked for to shared, nor without the check', (held) => {
  expect([turned(held, 1, 'refuse', 'shared'), turned(held, 1, 'none')]).toEqual(['ok', 'ok'])
})

test('the host loses its own mapping of each page of the range, and those pages are judged again', () => {
  const scope = must(makeScope({ backing: 'in-place' }))
  const hand = new ManualMachine(machineFrom(scope, presets['linux-7.2'], withParts('hostAccess'), idleHost))
  hand.state.hva.fill(1)
  hand.machine.touched.clear()
  hand.force('gmem.unmap-host vcpu=0 gfn=1 count=2')
  expect([[...hand.state.hva], hand.machine.touched.mask]).toEqual([[1, 0, 0, 1], 0b110])
})
