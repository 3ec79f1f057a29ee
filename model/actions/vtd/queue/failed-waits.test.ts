import { expect, test } from 'vitest'
import { must } from '../../../../base/result.js'
import { machineFrom } from '../../../build-machine.js'
import { withParts } from '../../../machine/parts.js'
import { type Platform, presets } from '../../../machine/platform.js'
import { makeScope } from '../../../machine/scope.js'
import { idleHost } from '../../../plan/idle-host.js'
import { ManualMachine } from '../../../testing/manual-machine.js'

function queued(platform: Partial<Platform> = {}): ManualMachine {
  const scope = must(makeScope({ queueErrors: 1, timeOuts: 1 }))
  const unit = new ManualMachine(
    machineFrom(scope, { ...presets['linux-7.2'], ats: true, ...platform }, withParts(), idleHost),
  )
  for (const vcpu of [0, 1]) {
    unit.force(`iommu.start-batch vcpu=${vcpu}`)
    unit.force(`iommu.submit-device-tlb vcpu=${vcpu} unit=0 iovfn=0 count=1`)
    unit.force(`iommu.submit-psi vcpu=${vcpu} unit=0 domain=0 iovfn=0 count=1 ih=0`)
  }
  return unit
}

test('a time-out ends every wait in the queue, and what stands behind it is still done', () => {
  const unit = queued()
  unit.take('iommu.time-out unit=0')
  expect([...unit.state.waitError]).toEqual([1, 1])
  expect([...unit.state.queueOwner].slice(0, 3)).toEqual([2, 2, 2])
  for (let left = 3; left > 0; left -= 1) {
    unit.take('iommu.invalidate unit=0')
    unit.take('iommu.retire-descriptor unit=0')
  }
  expect([unit.can('iommu.invalidate unit=0'), unit.can('iommu.time-out unit=0')]).toEqual([false, false])
})

test('a queue error ends the wait of its batch alone, and the wait in its place writes the status word late', () => {
  const unit = queued()
  unit.take('iommu.refuse-descriptor unit=0')
  expect([...unit.state.waitError]).toEqual([2, 0])
  expect(unit.state.statusWord[0]).toBe(0)
  unit.take('iommu.retire-descriptor unit=0')
  expect(unit.state.statusWord[0]).toBe(1)
  unit.force('iommu.start-batch vcpu=0')
  expect([unit.state.statusWord[0], unit.state.waitError[0]]).toEqual([0, 0])
})

test('a wait fails by what ended it: an abort at any, a refusal where the caller looks', () => {
  const late = queued()
  late.take('iommu.time-out unit=0')
  const refused = queued()
  refused.take('iommu.refuse-descriptor unit=0')
  const answers = [late, refused].map((unit) =>
    ['iommu.wait', 'iommu.wait-checked'].map((row) => unit.force(`${row} vcpu=0`)),
  )
  expect(answers).toEqual([
    ['EAGAIN', 'EAGAIN'],
    ['ok', 'EINVAL'],
  ])
})

test('an error behind the first descriptor of a batch ends a wait only where the platform says so', () => {
  const refusable = (platform: Partial<Platform>) => {
    const unit = queued(platform)
    unit.take('iommu.invalidate unit=0')
    unit.take('iommu.retire-descriptor unit=0')
    return unit
  }
  const linux = refusable({})
  expect(linux.can('iommu.refuse-descriptor unit=0')).toBe(false)
  expect(refusable({ queueErrorLater: 'ends-wait' }).can('iommu.refuse-descriptor unit=0')).toBe(true)
  linux.force('iommu.start-batch vcpu=0')
  expect(linux.can('iommu.refuse-descriptor unit=0')).toBe(true)
})
