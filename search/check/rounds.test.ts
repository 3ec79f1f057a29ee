import { fc, test } from '@fast-check/vitest'
import { describe, expect, test as plainTest } from 'vitest'
import type { ConfigurationName } from './configurations.js'
import { inRounds, runsIn, smallBounds, TimeShares } from './rounds.js'

const places = (plain: number, others: number): { configuration: ConfigurationName }[] => [
  ...Array.from({ length: plain }, () => ({ configuration: 'plain' as const })),
  ...Array.from({ length: others }, () => ({ configuration: 'failure' as const })),
]

const counts = [fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 40 })] as const

describe('time', () => {
  test.prop([...counts, fc.double({ min: 0.01, max: 600, noNaN: true })])(
    'is all given away when each search takes its share, and no more',
    (plain, others, whole) => {
      const searches = inRounds(places(plain, others))
      const shares = new TimeShares(searches)
      let left = whole
      for (let index = 0; index < searches.length; index += 1) left -= shares.secondsFor(index, left)
      expect(Math.abs(left)).toBeLessThan(1e-6 * whole)
    },
  )

  test.prop([...counts])('goes to the searches that follow, if one takes less', (plain, others) => {
    const searches = inRounds(places(plain, others))
    const shares = new TimeShares(searches)
    const last = searches.length - 1
    expect(shares.secondsFor(last, 100)).toBeCloseTo(100)
    expect(shares.secondsFor(last, -1)).toBe(0)
  })

  plainTest('in the last round is a quarter for the plain machines', () => {
    const searches = inRounds(places(3, 30))
    const shares = new TimeShares(searches)
    const first = searches.findIndex(({ round }) => round === 3)
    expect(shares.secondsFor(first, 100)).toBeCloseTo(25 / 3)
  })
})

plainTest('every machine is searched in every round, and the leading ones are a round ahead of the others', () => {
  const searches = inRounds(places(1, 2))
  const inOrder = searches.map(({ configuration, round }) => `${round} ${configuration}`)
  const others = (round: number) => [`${round} failure`, `${round} failure`]
  expect(inOrder).toEqual(
    [['0 plain', '1 plain'], others(0), ['2 plain'], others(1), others(2), ['3 plain'], others(3)].flat(),
  )
})

plainTest('each round is longer than the one before it', () => {
  const states = [0, 1, 2, 3].map((round) => smallBounds(100, round).states)
  expect(states).toEqual([...states].sort((a, b) => a - b))
  const runs = [0, 1, 2, 3].map(runsIn)
  expect(runs).toEqual([...runs].sort((a, b) => a - b))
})
