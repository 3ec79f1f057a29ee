import { expect, test } from 'vitest'
import { ok } from '../../base/result.js'
import { findDesign } from '../../designs/index.js'
import { builtIn } from '../catalogue/catalogue.js'
import { unseenOf } from '../random/unseen.js'
import { emptyVerdict, type VerdictName } from '../verdict.js'
import { type DesignQuestion, plainSetup } from './machines.js'
import { type Searched, summarise } from './summary.js'

const design = findDesign('on-demand-4k')
if (design === undefined) throw new Error('no on-demand-4k')
const question: DesignQuestion = {
  ...{ design, driver: 'type1v2', backing: 'separate', platform: 'tdx-2021-reading' },
  ...{ scope: {}, parts: [], properties: ['no-stale-frame'] },
}
const [property] = builtIn.propertiesNamed(['no-stale-frame'])

/** One search that said this of the property, after so many runs. */
function searched(configuration: string, verdict: VerdictName, runs: number): Searched {
  if (property === undefined) throw new Error('no no-stale-frame')
  const said = emptyVerdict(plainSetup(question), property, verdict, `as of ${configuration}`, 1)
  return { question, configuration, judged: [{ verdict: { ...said, runs }, saved: ok('') }] }
}

const told = (...all: Searched[]) =>
  summarise([question], all).map(({ verdict: { verdict, runs, why, found } }) => [
    verdict,
    runs,
    why,
    found?.configuration,
  ])

test('runs of all rounds count, on the plain machine alone as in several configurations', () => {
  const rounds = [64, 512, 1000].map((runs) => searched('plain', 'none-found', runs))
  expect(told(...rounds)).toEqual([['none-found', 1576, 'none in 1576 runs', undefined]])
  expect(told(...rounds, searched('failure', 'none-found', 4))).toEqual([
    ['none-found', 1580, 'none in 1580 runs in 2 configurations', 'plain'],
  ])
})

test('what one search violates, or meets, decides for all', () => {
  expect(told(searched('plain', 'vacuous', 64), searched('plain', 'none-found', 512))).toEqual([
    ['none-found', 576, 'none in 576 runs', undefined],
  ])
  expect(told(searched('plain', 'none-found', 64), searched('failure', 'violated', 3))).toEqual([
    ['violated', 67, 'as of failure', 'failure'],
  ])
})

/** A search with figures: of ten counted runs that reached 100 states each, so many states were reached by one run. */
function estimated(configuration: string, runs: number, once: number): Searched {
  const unseen = unseenOf({ made: runs, counted: 10, known: 500, once, twice: 9, visits: 1000 })
  const one = searched(configuration, 'none-found', runs)
  return { ...one, judged: one.judged.map(({ verdict }) => ({ verdict: { ...verdict, unseen } })) }
}

test('figures are of the configuration where the largest part of a run is new, with the runs of all its rounds', () => {
  const all = [
    estimated('plain', 100, 20),
    estimated('failure', 100, 70),
    estimated('failure', 300, 50),
    estimated('failure', 200, 90),
    searched('regions', 'none-found', 20),
  ]
  const [told] = summarise([question], all)
  expect(told?.verdict.unseen).toMatchObject({ configuration: 'failure', newPerRun: 5, runs: 600, unsaid: 1 })
  expect(told?.verdict.unseen?.violating).toBeCloseTo(3 / 600, 4)
  const [violated] = summarise([question], [...all, searched('raw calls', 'violated', 3)])
  expect(violated?.verdict.unseen).toBeUndefined()
})
