import { describe, expect, test } from 'vitest'
import { problemText } from '../../base/result.js'
import type { Plan } from '../../model/plan/plan.js'
import type { Design } from '../design.js'
import { type1v2 } from '../drivers/vfio-type1.js'
import { allDesigns, fullName } from '../index.js'
import * as ranges from '../vocabulary/ranges.js'
import * as steps from '../vocabulary/steps.js'
import { checkDesign } from './index.js'
import { designWarnings } from './warnings.js'

const { chunk } = ranges
const locked = (lock: Parameters<typeof steps.acquire>[0], ...plan: Plan): Plan => [
  steps.acquire(lock),
  ...plan,
  steps.release(lock),
]
const mine: Design = {
  name: 'mine',
  summary: 'Converts under a lock.',
  source: 'this test',
  lock: 'one per VM',
  drivers: [type1v2],
  backings: ['separate'],
  boot: [],
  toPrivate: locked('vm', { call: 'set-private', on: chunk }),
  toShared: locked('vm', { call: 'set-shared', on: chunk }),
}

/** The warnings of a design that passes the check. */
function doubts(changed: Partial<Design>): string[] {
  const design = { ...mine, ...changed }
  expect(checkDesign(design).ok).toBe(true)
  return designWarnings(design).map((doubt) => problemText(doubt))
}

describe('a warning', () => {
  test('is said of no design of the catalogue', () => {
    expect(allDesigns.flatMap((design) => designWarnings(design).map(() => fullName(design)))).toEqual([])
  })

  test('is said of a lock that one conversion takes and the other does not, with step and remedy', () => {
    expect(doubts({ toShared: [{ call: 'set-shared', on: chunk }] })).toEqual([
      'mine: toPrivate[0] (lock.acquire vm): takes the lock vm, which toShared does not take, so that both may run ' +
        'at the same time\n' +
        '  The lock keeps two runs of toPrivate apart, and not toPrivate and toShared: take it there, ' +
        "too, by steps.acquire('vm') and steps.release('vm'), or leave it so if the source does.",
    ])
    const [inBranch] = doubts({
      toPrivate: [{ call: 'set-private', on: chunk }],
      toShared: [{ when: { name: 'always', holds: () => true }, body: mine.toShared }],
    })
    expect(inBranch).toContain('mine: toShared[0].body[0] (lock.acquire vm): takes the lock vm, which toPrivate')
  })

  test('is said of a lock that only the plan of a slot takes', () => {
    const slots: Plan = [{ call: 'delete-slot', on: ranges.slot }]
    const plans = { toPrivate: [{ call: 'set-private', on: chunk } as const], toShared: [], lock: 'none' }
    const [alone] = doubts({ ...plans, slotRemoved: locked('vm', ...slots) })
    expect(alone).toContain('slotRemoved[0] (lock.acquire vm): takes the lock vm, which toPrivate does not take')
    expect(doubts({ slotRemoved: locked('vm', ...slots) })).toEqual([])
  })

  test('is not said of a lock that the other plan takes by a call, or where the other plan does nothing', () => {
    const raw = locked('container', { note: steps.findHull })
    expect(
      doubts({ toPrivate: [...raw, ...mine.toPrivate], toShared: [...mine.toShared, { call: 'map', on: chunk }] }),
    ).toEqual([])
    expect(doubts({ toShared: [] })).toEqual([])
  })
})
