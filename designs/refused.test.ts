import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { machineFrom } from '../model/build-machine.js'
import { ConversionEnd } from '../model/machine/effects.js'
import { noParts } from '../model/machine/parts.js'
import { presets } from '../model/machine/platform.js'
import { makeScope } from '../model/machine/scope.js'
import { Attr } from '../model/machine/state.js'
import { ManualMachine } from '../model/testing/manual-machine.js'
import { type Design, hostOf } from './design.js'
import { hitlessCut } from './hitless.js'
import { attributesFirst, onDemand4k } from './on-demand-4k.js'
import { onDemandSuperpage } from './on-demand-superpage.js'

/** A guest of one superpage whose page 1 is shared, and which may lock three pages. */
function afterRefusal(design: Design): ManualMachine {
  const scope = must(makeScope({ pages: 4, pagesPerSuperpage: 4, start: 'private', vcpus: 1, memlockLimit: 3 }))
  const hand = new ManualMachine(machineFrom(scope, presets['linux-7.2'], noParts, hostOf(design, design.drivers[0])))
  for (const [gfn, count] of [
    [1, 1],
    [0, 4],
  ]) {
    hand.call(`guest.convert vcpu=0 gfn=${gfn} count=${count} to=shared`)
  }
  expect(hand.machine.event.conversion).toBe(ConversionEnd.Refused)
  return hand
}

test.each([onDemand4k, onDemandSuperpage, hitlessCut])(
  'a conversion to shared that $name refuses half way leaves shared and mapped what was so before, and nothing else',
  (design) => {
    const { state, machine } = afterRefusal(design)
    expect([...state.attr]).toEqual([Attr.Private, Attr.Shared, Attr.Private, Attr.Private])
    expect([...state.mapOf]).toEqual([0, 2, 0, 0])
    expect([...state.sharedFrame].map((frame) => frame !== 0)).toEqual([false, true, false, false])
    expect([machine.event.asAsked, machine.event.asTold]).toEqual([1, 1])
  },
)

test('attributes-first does not roll back, as QEMU: pages are shared that the guest takes for private', () => {
  const { state, machine } = afterRefusal(attributesFirst)
  expect([...state.attr].every((attr) => attr === Attr.Shared)).toBe(true)
  expect(machine.event.asTold).toBe(0)
})
