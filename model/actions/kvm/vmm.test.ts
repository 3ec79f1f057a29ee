import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { noParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { idleHost } from '../../plan/idle-host.js'
import type { Plan } from '../../plan/plan.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { regionEnd } from './vmm.js'

const machine = (toPrivate: Plan) =>
  machineFrom(must(makeScope()), presets['linux-7.2'], noParts, { ...idleHost, toPrivate })
const note: Plan = [{ row: 'vmm.note-page', args: [() => 1, () => 0] }]

test('the bitmap of a VMM has a page as it was noted last, whatever is mapped, and none as shared at first', () => {
  const hand = new ManualMachine(machine(note))
  expect([...hand.state.noted]).toEqual([0, 0, 0, 0])
  hand.force('vmm.note-page vcpu=0 gfn=1 as=shared')
  expect([...hand.state.noted]).toEqual([0, 1, 0, 0])
  hand.force('vmm.note-page vcpu=0 gfn=1 as=private')
  expect([...hand.state.noted]).toEqual([0, 0, 0, 0])
})

test('a machine whose plans note nothing has no bitmap, and no state for one', () => {
  const [without, withBitmap] = [machine([]).blankState(), machine(note).blankState()]
  expect(without.noted).toHaveLength(0)
  expect(without.bytes.length).toBeLessThan(withBitmap.bytes.length)
})

test('a memory region ends behind its last page, and one region has all pages where none are said', () => {
  const ends = (regionPages: number) => {
    const scope = must(makeScope({ pages: 8, regionPages }))
    const made = machineFrom(scope, presets['linux-7.2'], noParts, idleHost)
    return [0, 3, 4, 7].map((gfn) => regionEnd(made, gfn))
  }
  expect([ends(0), ends(4), ends(2)]).toEqual([
    [8, 8, 8, 8],
    [4, 4, 8, 8],
    [2, 4, 6, 8],
  ])
})
