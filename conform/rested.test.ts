import { expect, test } from 'vitest'
import { must } from '../model/checked.js'
import { check, Judges, type Sequence } from './check.js'
import { modelImplementation } from './model-target.js'
import { type Answer, noLimits } from './protocol.js'
import { noResting } from './rested.js'
import { conform } from './run.js'
import { objectTarget } from './target.js'

const map = { call: 'map', iovfn: 0, page: 0, count: 1, permissions: 3, flaw: 'none' } as const
const answers: readonly Answer[] = [{ outcome: 'ok' }, { outcome: 'EEXIST' }]
/** Two maps of one page, with the only replies that the model gives, as whoever draws a sequence keeps them. */
const twice: Sequence = {
  from: 'a test',
  setting: { interface: 'type1v2', kvm: 0, pages: 4, superpage: 2, devices: 1, ...noLimits },
  calls: [map, map],
  only: answers,
}

function rested(replies: readonly Answer[]) {
  const resting = noResting()
  const judge = must(new Judges(['linux-7.2'], resting).open(twice.setting))
  const found = check(judge, twice, { answers: [{ outcome: 'ok' }, ...replies], promised: [] })
  return { found, ...resting }
}

test('right replies rest on the rule behind an errno, and on what the steps cite, foretold or not', () => {
  const { found, decided, taken } = rested(answers)
  expect(found).toBeUndefined()
  expect([...decided]).toEqual(['vfio.map/overlap'])
  expect(taken).toContain('vfio.accounting/entry-per-map')
  expect(taken).not.toContain('vfio.map/overlap')
})

test('a sequence with a wrong reply rests on nothing', () => {
  const { found, decided, taken } = rested([{ outcome: 'ok' }, { outcome: 'EBUSY' }])
  expect(found).toBeDefined()
  expect([decided.size, taken.size]).toEqual([0, 0])
})

test('a whole run collects what its sequences rest on', async () => {
  const open = objectTarget(() => modelImplementation('linux-7.2'))
  const resting = noResting()
  await conform(open, { interface: 'iommufd', runs: 20, seed: 1, rested: resting })
  expect(resting.decided).toContain('iommufd.unmap/bisects')
  expect(resting.decided).not.toContain('vfio.map/overlap')
})
