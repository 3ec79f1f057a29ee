import { expect, test } from 'vitest'
import { fakeIo } from '../testing/fake-io.js'
import { leftText, makeProgress } from './progress.js'

test('the time that is left follows from what is done, and is not known before something is', () => {
  expect(
    (
      [
        [0, 30, 'about'],
        [0.5, 30, 'about'],
        [0.25, 60, 'at most'],
        [0.1, 1000, 'about'],
        [1, 30, 'about'],
      ] as const
    ).map(([share, seconds, estimate]) => leftText(share, seconds, estimate)),
  ).toEqual(['time left not known yet', 'about 30s left', 'at most 3m00s left', 'about 2h30m left', 'about 0s left'])
})

test('a stream that is no terminal has no bar, and gets what the command prints', () => {
  const io = fakeIo()
  const progress = makeProgress(io, 'litmus')
  progress.show(0.5)
  progress.beside(() => io.out('a test\n'))
  progress.stop()
  expect(io.said()).toEqual({ out: 'a test\n', err: '' })
})
