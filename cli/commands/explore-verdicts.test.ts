import { resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { explore } from '../../checker/bfs.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import { builtIn } from '../../search/catalogue/catalogue.js'
import { type ModelExplorationSpec, makeModelSystem } from '../../search/exhaustive/exploration-spec.js'

/** The built module, since its thread is a built file too. */
const built = (await import(
  resolve('dist/search/exhaustive/threads/verdict-thread.js')
)) as typeof import('../../search/exhaustive/threads/verdict-thread.js')

const spec: ModelExplorationSpec = {
  kind: 'model',
  setup: {
    design: 'on-demand-4k',
    driver: 'type1v2',
    platform: 'linux-7.2',
    scope: { pages: 2, pagesPerSuperpage: 2, vcpus: 1, devices: 1, backing: 'separate' },
  },
  properties: ['no-stale-frame', 'conversion-ends'],
  symmetry: false,
}

const explored = () => {
  const system = must(makeModelSystem(spec))
  return explore(system, makeOwnMemory(system.packing, 100_000), { exhaust: true })
}

const threads = built.makeVerdictThreads()
afterAll(() => threads.end())

describe('what a search of all states says', () => {
  test('is a verdict a property, in their order, and what multiplies the states', async () => {
    const { verdicts, profile, stop } = await built.verdictsInThread(threads, spec, explored(), {
      fields: true,
      catalogue: builtIn,
    })
    expect(verdicts.map(({ property, verdict }) => [property, verdict])).toEqual([
      ['no-stale-frame', 'held'],
      ['conversion-ends', 'held'],
    ])
    expect([profile?.shares.length, stop]).toEqual([expect.any(Number), 1])
  })

  test('is inconclusive where time is up before it is said', async () => {
    const { verdicts, stop } = await built.verdictsInThread(threads, spec, explored(), {
      fields: false,
      catalogue: builtIn,
      seconds: 0,
    })
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconclusive'])
    expect(verdicts[1]?.why).toMatch(/the bound of time was reached while it was judged, in all [\d,]+ states/)
    expect(stop).toBe(5)
  })

  test('is inconclusive where it is interrupted, and the listener is gone', async () => {
    let isListening = true
    const { verdicts } = await built.verdictsInThread(threads, spec, explored(), {
      fields: false,
      catalogue: builtIn,
      onInterrupt: (stop) => {
        queueMicrotask(stop)
        return () => {
          isListening = false
        }
      },
    })
    expect(verdicts[0]?.why).toMatch(/interrupted while it was judged/)
    expect(isListening).toBe(false)
  })
})
