import { expect, test } from 'vitest'
import { builtIn } from '../catalogue/catalogue.js'
import type { Verdict } from '../verdict.js'
import type { Job } from './job.js'
import { runJobs } from './pool.js'

const job: Job = {
  setup: {
    ...{ design: 'on-demand-4k', driver: 'type1v2', platform: 'tdx-2021-reading' },
    scope: { pages: 2, pagesPerSuperpage: 2, vcpus: 1, devices: 1 },
  },
  properties: ['no-stale-frame', 'single-backing'],
  options: { seed: 1, runs: 3, length: 20 },
}

test('a job is searched for what is open when its turn comes; with nothing open it is over', async () => {
  const done: string[] = []
  const watch = {
    onTurn: (index: number, planned: Job) => ({ ...planned, properties: planned.properties.slice(0, index) }),
    onFound: () => undefined,
    onDone: (index: number, verdicts: readonly Verdict[]) =>
      done.push([index, ...verdicts.map(({ property }) => property)].join(' ')),
    onCoverage: () => undefined,
    onProgress: () => undefined,
    onInterrupt: () => () => undefined,
  }
  const result = await runJobs([job, job, job], 0, watch, builtIn)
  expect(result).toEqual({ ended: 'all' })
  expect(done).toEqual(['0', '1 no-stale-frame', '2 no-stale-frame single-backing'])
})
