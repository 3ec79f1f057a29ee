import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { type Implementation, objectTarget } from '../targets/in-process.js'
import { modelImplementation } from '../testing/model-target.js'
import { BatchSize } from './batch-size.js'
import type { Found } from './report.js'
import { conform } from './run.js'

const later = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** The model with a delay; with `outcome` it answers every map by that wrong errno. Counts resets. */
function slow(milliseconds: number, outcome?: 'EIO') {
  const seen = { resets: 0, wrong: 0 }
  const make = (): Implementation => {
    const model = modelImplementation('linux-7.2')
    return {
      hello: model.hello,
      answer: async (request) => {
        if (request.call === 'reset') seen.resets += 1
        const isWrong = outcome !== undefined && request.call === 'map'
        if (isWrong) seen.wrong += 1
        await later(milliseconds)
        const answer = await model.answer(request)
        return isWrong ? { outcome } : answer
      },
    }
  }
  return { open: objectTarget(make), seen }
}

/** Sequences of 30 requests that are sent together. */
function batch(size: BatchSize): number {
  let sequences = 0
  while (size.hasRoom(sequences, sequences * 30)) sequences += 1
  return sequences
}

test('an implementation is sent one sequence until its speed is known, then what takes half a second', async () => {
  const size = new BatchSize()
  expect([batch(size), size.isAhead]).toEqual([1, false])
  await size.time(30, later(110))
  expect(batch(size)).toBeLessThanOrEqual(5)
  await size.time(1, later(100))
  expect([batch(size), size.isAhead]).toEqual([1, false])
  await size.time(5000, later(1))
  expect([batch(size), size.isAhead]).toEqual([16, true])
})

test('a run ends at its time, behind the one sequence that a slow implementation was sent', async () => {
  const { open, seen } = slow(20)
  const { sequences, cut } = must(await conform(open, { interface: 'type1v2', runs: 1000, seed: 1, time: 0.1 }))
  expect([sequences, seen.resets, cut]).toEqual([1, 1, undefined])
})

test('nothing is shrunk when the time is over, and what was found is told, and said not to be shrunk', async () => {
  const { open, seen } = slow(20, 'EIO')
  const told: Found[] = []
  const onFound = (found: Found) => void told.push(found)
  const asked = { interface: 'type1v2', runs: 1000, seed: 1, time: 0.1, onFound } as const
  const { divergences } = must(await conform(open, asked))
  expect(told.map(({ isShrunk, reproduces }) => [isShrunk, reproduces])).toEqual([[false, 'unknown']])
  expect(divergences).toEqual(told)
  expect(seen.resets).toBe(1)
})

test('an interrupt ends shrinking, too', async () => {
  const { open, seen } = slow(0, 'EIO')
  const isInterrupted = () => seen.wrong > 2
  const asked = { interface: 'type1v2', runs: 1000, seed: 1, isInterrupted } as const
  const { divergences, cut } = must(await conform(open, asked))
  expect(divergences.map(({ isShrunk }) => isShrunk)).toEqual([false])
  expect(cut).toBe('it was interrupted')
  expect(seen.resets).toBeLessThan(5)
})
