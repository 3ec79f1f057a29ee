import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { failing } from '../model/actions/relation.js'
import { machineFrom } from '../model/build-machine.js'
import { ConversionEnd } from '../model/machine/effects.js'
import { noParts } from '../model/machine/parts.js'
import { presets } from '../model/machine/platform.js'
import { makeScope } from '../model/machine/scope.js'
import { Attr } from '../model/machine/state.js'
import { ManualMachine } from '../model/testing/manual-machine.js'
import { typeMapLimit } from '../spec/index.js'
import { hostOf } from './design.js'
import { type1v2 } from './drivers/vfio-type1.js'
import { onDemand4k } from './on-demand-4k.js'

/** Converts a superpage at a time until one is refused. @returns its first page */
function shareUntilRefused(hand: ManualMachine, pages: number, perSuper: number): number {
  let first = 0
  while (hand.machine.event.conversion !== ConversionEnd.Refused && first < pages) {
    convert(hand, first, perSuper)
    first += perSuper
  }
  return first - perSuper
}

function convert(hand: ManualMachine, gfn: number, count: number): void {
  hand.call(`guest.convert vcpu=0 gfn=${gfn} count=${count} to=shared`)
}

test('at full size the 65,536th shared page is refused: 65,535 × 4 KiB is 256 MiB less 4 KiB', { tags: 'long' }, () => {
  const perSuper = 512
  const pages = 65_536 + perSuper
  const scope = must(makeScope({ pages, pagesPerSuperpage: perSuper, start: 'private', vcpus: 1, requests: 'both' }))
  const hand = new ManualMachine(machineFrom(scope, presets['linux-7.2'], noParts, hostOf(onDemand4k, type1v2)))
  const { state, machine } = hand
  const refused = shareUntilRefused(hand, pages, perSuper)
  expect(failing[machine.event.endCause]?.rule).toBe(typeMapLimit)
  expect([machine.event.endFirst, machine.event.endEnd]).toEqual([65_024, 65_536])
  expect([refused, state.mappings[0]]).toEqual([65_024, 65_024])
  for (let page = refused; page < 65_536; page += 1) convert(hand, page, 1)
  expect([machine.event.endFirst, failing[machine.event.endCause]?.rule]).toEqual([65_535, typeMapLimit])
  expect([state.mapOf[65_534], state.mapOf[65_535]]).toEqual([65_535, 0])
  expect([state.mappings[0], state.mappings[0] * 4096]).toEqual([65_535, 256 * 2 ** 20 - 4096])
  expect([state.attr[65_534], state.attr[65_535]]).toEqual([Attr.Shared, Attr.Private])
})
