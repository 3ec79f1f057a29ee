import { expect, test } from 'vitest'
import { fakeIo } from '../testing/fake-io.js'
import { progressLines } from './progress.js'

test('a run that no terminal watches says how far it is every ten seconds, and a divergence at once', () => {
  const io = fakeIo()
  let time = 0
  const shares: number[] = []
  const watch = { onProgress: (share: number) => void shares.push(share), isInterrupted: () => false }
  const { onProgress, onDivergence } = progressLines(io, watch, () => time)
  for (const [at, share] of [
    [1, 0.1],
    [10_500, 0.255],
    [11_000, 0.3],
    [21_000, 0.5],
  ] as const) {
    time = at
    onProgress(share)
  }
  onDivergence({ seconds: 2.14, sequences: 1, from: 'random 3' })
  expect(shares).toEqual([0.1, 0.255, 0.3, 0.5])
  expect(io.said().err).toBe(
    'conform: 25% done\nconform: 50% done\nconform: a divergence after 2.1 s, 1 sequence, in random 3; shrinking it\n',
  )
})
