import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { builtIn } from '../catalogue/catalogue.js'
import { emptyVerdict } from '../verdict.js'
import { drawAgainst, sharesOfRuns } from './draws.js'
import type { Job, JobWatch } from './job.js'

const searchedOn = (...places: number[]) => places.map((place) => ({ searchedOn: place }))

/** Seeds of all runs of some platforms. */
const seedsOf = (shares: ReturnType<typeof sharesOfRuns>): number[] =>
  shares.flatMap(({ seed, runs }) => Array.from({ length: runs }, (_, run) => seed + run))

test('a search has as many runs drawn against it as were asked for, each once', () => {
  const shares = sharesOfRuns({ seed: 7, runs: 500 }, searchedOn(0, 0, 0, 0, 0))
  expect(seedsOf(shares)).toEqual(Array.from({ length: 500 }, (_, run) => 7 + run))
})

test('each search has its own, and a share is rounded up', () => {
  const shares = sharesOfRuns({ seed: 1, runs: 500 }, searchedOn(0, 1, 0, 0, 1))
  expect(seedsOf(shares.filter((_, platform) => [0, 2, 3].includes(platform)))).toHaveLength(501)
  expect(seedsOf(shares.filter((_, platform) => [1, 4].includes(platform)))).toHaveLength(500)
  expect(sharesOfRuns({ seed: 1, runs: 2 }, searchedOn(0, 0, 0)).map(({ runs }) => runs)).toEqual([1, 1, 1])
})

const quiet: JobWatch = { onProgress: () => undefined, onFound: () => undefined }

/** A machine that violates `no-shared-fault`, said to hold. */
const violating: Job = {
  setup: {
    ...{ design: 'on-demand-superpage', driver: 'type1v2', platform: 'tdx-2021-reading' },
    scope: { pages: 4, pagesPerSuperpage: 2 },
  },
  properties: ['no-shared-fault'],
  options: { seed: 1, runs: 500, length: 80 },
}

test('a run that violates what is said to hold in every state stops the comparison', () => {
  const held = builtIn
    .propertiesNamed(['no-shared-fault'])
    .map((property) => emptyVerdict(violating.setup, property, 'held', '', 0))
  expect(() => must(drawAgainst(violating, held, quiet, builtIn))).toThrow(
    'no-shared-fault holds in every state that the exhaustive search saw, but run',
  )
  expect(must(drawAgainst(violating, [], quiet, builtIn))).toEqual([])
})
