import { describe, expect, test } from 'vitest'
import { Prng } from '../../base/prng.js'
import { mangle } from '../testing/mangle.js'
import { LineCutter, readLine } from './framing.js'
import { lineLimit, replySchema } from './messages.js'

const linesOf = (chunks: readonly (string | Buffer)[]) => {
  const cutter = new LineCutter()
  return chunks.map((chunk) => {
    const { lines, problem } = cutter.push(Buffer.from(chunk))
    return [...lines.map(String), ...(problem === undefined ? [] : [problem.message])]
  })
}

describe('a stream', () => {
  test('is cut into lines, wherever it was broken', () => {
    expect(linesOf(['a\nb', 'c', '\n\nd'])).toEqual([['a'], [], ['bc', '']])
  })

  test('may have a line of the limit, and none that is longer', () => {
    const most = 'x'.repeat(lineLimit)
    expect(linesOf([`${most}\n`, most, '\n'])).toEqual([[most], [], [most]])
    expect(linesOf([`${most}y\n`])[0]).toEqual([expect.stringContaining('expected one reply per line')])
    expect(linesOf([most, 'y'])[1]).toEqual([expect.stringContaining('expected one reply per line')])
  })
})

const right = [
  '{"id":1,"outcome":"ok"}',
  '{"id":23,"outcome":"EEXIST"}',
  '{"id":4294967295,"outcome":"ok","result":"blocked","data":0,"fault":1}',
  '{"id":7,"outcome":"ok","mappings":2,"entries":2,"pinned":5,"locked":5,"faults":0,"memory":16}',
]

/** Feeds mangled replies in chunks of any size, to fresh readers after each that gave up. */
function feed(count: number, seed: number): Record<'read' | 'bad' | 'cut', number> {
  const prng = new Prng(seed)
  const seen = { read: 0, bad: 0, cut: 0 }
  let cutter = new LineCutter()
  for (let index = 0; index < count; index += 1) {
    const bytes = mangle(Buffer.from(`${right[prng.nextBelow(right.length)]}\n`), prng)
    const broken = prng.nextBelow(bytes.length + 1)
    for (const chunk of [bytes.subarray(0, broken), bytes.subarray(broken)]) {
      const { lines, problem } = cutter.push(chunk)
      for (const line of lines) seen[readLine(line, replySchema).ok ? 'read' : 'bad'] += 1
      if (problem === undefined) continue
      seen.cut += 1
      cutter = new LineCutter()
    }
  }
  return seen
}

test('100,000 mangled replies are each read, refused with a reason, or cut off', { tags: 'long' }, () => {
  const { read, bad, cut } = feed(100_000, 1)
  expect([read > 10_000, bad > 10_000, cut > 1000]).toEqual([true, true, true])
})

test('a reader holds no more than a line of what it was given', () => {
  const before = process.memoryUsage()
  const held = (usage: NodeJS.MemoryUsage) => usage.external + usage.arrayBuffers
  const cutter = new LineCutter()
  const chunk = Buffer.alloc(1 << 20, 'x'.charCodeAt(0))
  for (let index = 0; index < 1000; index += 1) cutter.push(chunk)
  expect(held(process.memoryUsage()) - held(before)).toBeLessThan(64 << 20)
})
