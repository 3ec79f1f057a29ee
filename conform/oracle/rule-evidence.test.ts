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
/** Two maps of one page, with the only replies that the model allows, as the generator notes them. */
const twice: Sequence = {
  from: 'a test',
  setting: { interface: 'type1v2', kvm: 0, pages: 4, superpage: 2, devices: 1, ...noLimits },
  calls: [map, map],
  only: answers,
}

function evidenceOf(replies: readonly Answer[]) {
  const evidence = noEvidence()
  const oracle = must(new OracleCache(['linux-7.2'], evidence).open(twice.setting))
  const found = check(oracle, twice, { answers: [{ outcome: 'ok' }, ...replies], promised: [] })
  return { found, ...evidence }
}

test('right replies are evidence for the rule of an errno and for what steps cite, known or not', () => {
  const { found, decisive, exercised } = evidenceOf(answers)
  expect(found).toBeUndefined()
  expect([...decisive]).toEqual(['vfio.map/overlap'])
  expect(exercised).toContain('vfio.accounting/entry-per-map')
  expect(exercised).not.toContain('vfio.map/overlap')
})

test('a sequence with a wrong reply is evidence for nothing', () => {
  const { found, decisive, exercised } = evidenceOf([{ outcome: 'ok' }, { outcome: 'EBUSY' }])
  expect(found).toBeDefined()
  expect([decisive.size, exercised.size]).toEqual([0, 0])
})

test('a whole run collects the evidence of its sequences', async () => {
  const open = objectTarget(() => modelImplementation('linux-7.2'))
  const evidence = noEvidence()
  await conform(open, { interface: 'iommufd', runs: 20, seed: 1, ruleEvidence: evidence })
  expect(evidence.decisive).toContain('iommufd.unmap/bisects')
  expect(evidence.decisive).not.toContain('vfio.map/overlap')
})
