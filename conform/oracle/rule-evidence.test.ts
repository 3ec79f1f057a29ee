import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { type Answer, noLimits } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { conform } from '../runner/run.js'
import { objectTarget } from '../targets/in-process.js'
import { modelImplementation } from '../testing/model-target.js'
import { check, OracleCache } from './check.js'
import { noEvidence } from './rule-evidence.js'

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
  const resting = noEvidence()
  const judge = must(new OracleCache(['linux-7.2'], resting).open(twice.setting))
  const found = check(judge, twice, { answers: [{ outcome: 'ok' }, ...replies], promised: [] })
  return { found, ...resting }
}

test('right replies rest on the rule behind an errno, and on what the steps cite, foretold or not', () => {
  const { found, decisive, exercised } = rested(answers)
  expect(found).toBeUndefined()
  expect([...decisive]).toEqual(['vfio.map/overlap'])
  expect(exercised).toContain('vfio.accounting/entry-per-map')
  expect(exercised).not.toContain('vfio.map/overlap')
})

test('a sequence with a wrong reply rests on nothing', () => {
  const { found, decisive, exercised } = rested([{ outcome: 'ok' }, { outcome: 'EBUSY' }])
  expect(found).toBeDefined()
  expect([decisive.size, exercised.size]).toEqual([0, 0])
})

test('a whole run collects what its sequences rest on', async () => {
  const open = objectTarget(() => modelImplementation('linux-7.2'))
  const resting = noEvidence()
  await conform(open, { interface: 'iommufd', runs: 20, seed: 1, rested: resting })
  expect(resting.decisive).toContain('iommufd.unmap/bisects')
  expect(resting.decisive).not.toContain('vfio.map/overlap')
})
