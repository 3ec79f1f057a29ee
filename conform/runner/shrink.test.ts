import { expect, test } from 'vitest'
import type { Divergence } from '../oracle/check.js'
import { type Call, noLimits } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { shrink } from './shrink.js'

const write = (iovfn: number): Call => ({ call: 'dma-write', device: 1, iovfn, value: 200 })
const sequenceOf = (calls: readonly Call[]): Sequence => ({
  from: 'random 1',
  setting: { interface: 'iommufd', kvm: 0, pages: 16, superpage: 4, devices: 2, ...noLimits },
  calls,
})
const divergenceOf = (sequence: Sequence): Divergence => ({
  sequence,
  answers: [],
  seen: { outcome: 'EIO' },
  allowed: [],
})

/** Diverges at the first write to page 9 or above that comes after one to page 3 or above. */
async function ask(sequence: Sequence): Promise<Divergence | undefined> {
  const pages = sequence.calls.map((call) => ('iovfn' in call ? call.iovfn : -1))
  const first = pages.findIndex((page) => page >= 3)
  const second = pages.findIndex((page, index) => index > first && page >= 9)
  if (first < 0 || second < 0) return undefined
  return divergenceOf({ ...sequence, calls: sequence.calls.slice(0, second + 1) })
}

const long = divergenceOf(sequenceOf([1, 2, 5, 1, 8, 2, 7, 1, 15].map(write)))

test('calls that a divergence does not need are left out, and numbers lowered as far as they go', async () => {
  const { best, done } = await shrink(long, ask, { tries: 1000, seconds: 60 })
  expect(done).toBe(true)
  expect(best.sequence.calls).toEqual([
    { call: 'dma-write', device: 0, iovfn: 3, value: 0 },
    { call: 'dma-write', device: 0, iovfn: 9, value: 0 },
  ])
})

test('calls of a kind that is not needed go together, so that a slow target is asked few times', async () => {
  const looks = Array.from({ length: 60 }, (_, at): Call[] => [
    { call: 'dma-read', device: 0, iovfn: at % 16 },
    { call: 'host-read', page: at % 16 },
  ]).flat()
  const unmap: Call = { call: 'unmap', iovfn: 0, count: 1, flaw: 'none' }
  let tries = 0
  /** Diverges at a close behind an unmap. */
  const leaks = async (sequence: Sequence) => {
    tries += 1
    return sequence.calls.some(({ call }) => call === 'unmap') ? divergenceOf(sequence) : undefined
  }
  const found = divergenceOf(sequenceOf([...looks, unmap, ...looks, { call: 'close' }]))
  const { best } = await shrink(found, leaks, { tries: 1000, seconds: 60 })
  expect(best.sequence.calls).toEqual([unmap, { call: 'close' }])
  expect(tries).toBeLessThan(12)
})

test('maps that lie side by side become one, where that diverges as well', async () => {
  const map = (iovfn: number, count: number): Call => {
    return { call: 'map', iovfn, page: iovfn, count, permissions: 3, flaw: 'none' }
  }
  /** Diverges if four pages in a row are mapped. */
  const four = async (sequence: Sequence) => {
    const pages = sequence.calls.flatMap((call) =>
      call.call === 'map' ? Array.from({ length: call.count }, (_, at) => call.iovfn + at) : [],
    )
    const isRow = pages.some((page) => [1, 2, 3].every((more) => pages.includes(page + more)))
    return isRow ? divergenceOf(sequence) : undefined
  }
  const found = divergenceOf(sequenceOf([map(2, 1), map(3, 1), map(4, 2), write(0)]))
  const { best } = await shrink(found, four, { tries: 1000, seconds: 60 })
  expect(best.sequence.calls.slice(0, -1)).toEqual([map(0, 4)])
})

test('a range is cut from its front as well', async () => {
  const unmap: Call = { call: 'unmap', iovfn: 2, count: 6, flaw: 'none' }
  /** Diverges if the sixth page is unmapped together with one before it. */
  const sixth = async (sequence: Sequence) => {
    const isHit = sequence.calls.some(
      (call) => call.call === 'unmap' && call.iovfn < 6 && call.iovfn + call.count > 6 && call.count > 1,
    )
    return isHit ? divergenceOf(sequence) : undefined
  }
  const { best } = await shrink(divergenceOf(sequenceOf([unmap])), sixth, { tries: 1000, seconds: 60 })
  expect(best.sequence.calls).toEqual([{ ...unmap, iovfn: 5, count: 2 }])
})

test('pages of several calls that belong together move together', async () => {
  const calls: Call[] = [
    { call: 'map', iovfn: 9, page: 9, count: 1, permissions: 3, flaw: 'none' },
    { call: 'host-read', page: 9 },
    write(12),
  ]
  /** Diverges if the page that is mapped is read, and another is written three pages behind it. */
  const apart = async (sequence: Sequence) => {
    const [first, second, third] = sequence.calls.map((call) =>
      'iovfn' in call ? call.iovfn : (call as { page: number }).page,
    )
    return first !== undefined && first === second && third === first + 3 ? divergenceOf(sequence) : undefined
  }
  const { best } = await shrink(divergenceOf(sequenceOf(calls)), apart, { tries: 1000, seconds: 60 })
  expect(best.sequence.calls.map((call) => ('iovfn' in call ? call.iovfn : 0))).toEqual([0, 0, 3])
})

test('a budget that is used up leaves the best so far, and says so', async () => {
  let asked = 0
  const counting = (sequence: Sequence) => {
    asked += 1
    return ask(sequence)
  }
  const { best, done } = await shrink(long, counting, { tries: 3, seconds: 60 })
  expect([done, asked]).toEqual([false, 3])
  expect(best.sequence.calls.length).toBeLessThanOrEqual(long.sequence.calls.length)
})

test('an implementation that cannot be started any more is not asked again, and nothing is done', async () => {
  let asked = 0
  const dying = async (sequence: Sequence) => {
    asked += 1
    return asked > 2 ? 'unasked' : ask(sequence)
  }
  const { done } = await shrink(long, dying, { tries: 1000, seconds: 60 })
  expect([done, asked]).toEqual([false, 3])
})

test('an implementation that diverges only sometimes keeps what it did at first', async () => {
  const { best, done } = await shrink(long, async () => undefined, { tries: 1000, seconds: 60 })
  expect([best, done]).toEqual([long, true])
})
