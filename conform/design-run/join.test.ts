import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { objectTarget } from '../targets/in-process.js'
import { designWith } from '../testing/design-run.js'
import { modelImplementation } from '../testing/model-target.js'
import { joinRuns } from './join.js'
import { type DesignRun, runDesign } from './run.js'

/** Runs by a target that cannot tell when a write took place: then no run depends on the one before it. */
async function ran(seed: number, runs: number): Promise<DesignRun> {
  const open = objectTarget(() => {
    const model = modelImplementation('linux-7.2')
    const observes = model.hello.observes.filter((one) => one !== 'when')
    return { ...model, hello: { ...model.hello, observes } }
  })
  const asked = { ...designWith('on-demand-superpage'), runs, length: 8, seed, platform: 'linux-7.2' }
  return must(await runDesign(open, asked))
}

test('runs in parts, added up, are the runs in one', async () => {
  const { seconds: _, ...whole } = await ran(1, 6)
  const joined = joinRuns([await ran(1, 2), await ran(3, 3), await ran(6, 1)])
  if (joined === undefined) throw new Error('there are runs')
  const { seconds: __, ...parts } = joined
  expect(parts).toEqual(whole)
  expect([whole.runs, whole.counts.dma.shared.blocked > 0]).toEqual([6, true])
})

test('the first divergence and the first reason for an early end are kept; no runs say nothing', async () => {
  const one = await ran(1, 1)
  const cut = { ...one, cut: 'it was interrupted' }
  const joined = joinRuns([one, cut, { ...one, cut: 'the target is gone' }])
  expect(joined).toMatchObject({ runs: 3, replies: 3 * one.replies, cut: 'it was interrupted' })
  expect(joinRuns([])).toBeUndefined()
})
