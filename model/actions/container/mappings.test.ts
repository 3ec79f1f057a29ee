import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { noParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { Reg, regOf } from '../../machine/registers.js'
import { makeScope } from '../../machine/scope.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { kinds, rows } from '../relation.js'

/** Joins the mappings of pages 2 and 3, of some that have a first page and a count each. @returns what is left */
function joined(...mappings: readonly (readonly [number, number])[]) {
  const hand = new ManualMachine(machineFrom(must(makeScope({ pages: 6 })), presets['linux-7.2'], noParts, idleHost))
  const { state: s } = hand
  for (const [first, count] of mappings) {
    s.mapOf.fill(first + 1, first, first + count)
    s.mapLength[first] = count
  }
  s.mappings[0] = mappings.length
  s.entriesUsed[0] = mappings.length
  hand.force('area.join vcpu=0 iovfn=2 count=2')
  const left = [...s.mapLength].flatMap((count, first) => (count > 0 ? [[first, count] as const] : []))
  for (const [first, count] of left) {
    expect([...s.mapOf.subarray(first, first + count)]).toEqual(Array.from({ length: count }, () => first + 1))
  }
  expect([s.mappings[0], s.entriesUsed[0]]).toEqual([left.length, left.length])
  return left
}

test('the mappings of a superpage become one, and its neighbours stay', () => {
  expect(joined([1, 1], [2, 1], [3, 1], [4, 2])).toEqual([
    [1, 1],
    [2, 2],
    [4, 2],
  ])
  expect(joined([2, 2])).toEqual([[2, 2]])
})

test('mappings stay as they are where one reaches out of the superpage, or a page of it has none', () => {
  const apart: readonly (readonly (readonly [number, number])[])[] = [
    [
      [1, 2],
      [3, 1],
    ],
    [
      [2, 1],
      [3, 2],
    ],
    [[2, 1]],
    [[3, 1]],
    [[2, 3]],
  ]
  for (const mappings of apart) expect(joined(...mappings)).toEqual(mappings)
})

const refusing = rows.flatMap((row, index) => (row.by === 'plan' && row.refusesCuts ? [kinds.names[index] ?? ''] : []))

test('a row that says so refuses a range that cuts a mapping at either end, and no other', () => {
  expect(refusing).toEqual(['vfio.unmap-dma', 'iommufd.isolate-area'])
  const calls: readonly (readonly [number, number])[] = [
    [2, 4],
    [1, 5],
    [2, 3],
    [3, 4],
    [3, 5],
    [1, 3],
  ]
  for (const kind of refusing) {
    const answers = calls.map(([first, end]) => {
      const hand = new ManualMachine(
        machineFrom(must(makeScope({ pages: 6 })), presets['linux-7.2'], noParts, idleHost),
      )
      const { state: s } = hand
      s.mapOf.fill(3, 2, 4)
      s.mapLength[2] = 2
      for (const [register, value] of [
        [Reg.callFirst, first],
        [Reg.callEnd, end],
        [Reg.areaFirst, 2],
        [Reg.areaEnd, 4],
      ] as const) {
        s.reg[regOf(0, register)] = value
      }
      return hand.force(`${kind} vcpu=0 iovfn=${first} count=${end - first}`)
    })
    expect(answers.map((errno) => errno === 'ok')).toEqual([true, true, false, false, false, false])
  }
})
