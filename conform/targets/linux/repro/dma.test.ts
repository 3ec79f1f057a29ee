import { expect, test } from 'vitest'
import { must } from '../../../../base/result.js'
import { reproducer } from './reproducer.js'
import { type Line, map, ok, transcript } from './testing/transcripts.js'

test('a reproducer with DMA has nothing of limits and costs that it does not compare', () => {
  const write: Line = { call: 'dma-write', device: 0, iovfn: 4, value: 7 }
  const turns = [[map, ok] as const, [write, { ...ok, result: 'done', fault: 0 }] as const]
  const text = must(reproducer(transcript('type1v2', turns)))
  expect(text.split('\n').length).toBeLessThanOrEqual(200)
  expect(text).not.toMatch(/vmstat|MEMLOCK|scratch/)
  expect(must(reproducer(transcript('type1v2', turns, { memlock: 8 })))).toMatch(/MEMLOCK/)
})

test('counters are compared in the last reply alone, and of these the ones that diverged', () => {
  const pinned = [map, { ...ok, pins: 1 }] as const
  const last = [
    { ...map, iovfn: 5, page: 5 },
    { ...ok, pins: 2 },
  ] as const
  const run = transcript('type1v2', [pinned, last])
  const text = must(reproducer(run))
  expect(text.match(/pinned_pages\(\) - pins, \d/g)).toEqual(['pinned_pages() - pins, 2'])
  expect(text).toContain('/* then pins 1 */')
  expect(must(reproducer(run, ['outcome']))).not.toContain('pinned_pages')
  expect(must(reproducer(run, ['pins']))).toContain('pinned_pages() - pins, 2')
})

const done = [
  { call: 'dma-write', device: 0, iovfn: 4, value: 7 },
  { ...ok, result: 'done', fault: 0 },
] as const
const blocked = [done[0], { ...ok, result: 'blocked', fault: 1 }] as const
const textOf = (...turns: readonly (readonly [Line, object])[]) => must(reproducer(transcript('type1v2', turns)))

test('a reproducer asks the fault interrupt where a fault may say more than the result', () => {
  const asks = (...turns: readonly (readonly [Line, object])[]) => textOf(...turns).includes('interrupt_count(void)')
  expect([asks([map, ok], done), asks(blocked, [map, ok], done)]).toEqual([false, false])
  expect([asks([map, ok], blocked), asks([blocked[0], { ...blocked[1], fault: 0 }], done)]).toEqual([true, true])
})

test('a reproducer looks for a write by the device where a page may get another frame', () => {
  const looks = (...turns: readonly (readonly [Line, object])[]) => textOf(...turns).includes('!reads(device, page')
  expect([looks([map, ok], done), looks([map, ok], blocked)]).toEqual([false, false])
  expect(looks([map, ok], [{ call: 'punch-hole', page: 4, count: 1 }, ok], done)).toBe(true)
  expect(looks([{ ...done[0], value: 255 }, done[1]])).toBe(true)
})

test('a device writes the value that was written then only where a page is read as well', () => {
  const fills = (...turns: readonly (readonly [Line, object])[]) => textOf(...turns).includes('scratch_open();')
  const hostRead = [
    { call: 'host-read', page: 4 },
    { ...ok, data: 7 },
  ] as const
  const read = [
    { call: 'dma-read', device: 0, iovfn: 4 },
    { ...ok, result: 'done', data: 7 },
  ] as const
  expect([fills([map, ok], done), fills([map, ok], read)]).toEqual([false, false])
  expect([fills([map, ok], done, hostRead), fills([map, ok], done, read)]).toEqual([true, true])
  expect(textOf([map, ok], done)).toContain('dma_write(&devices[0], 4), 1);')
  expect(textOf([map, ok], done, hostRead)).toContain('dma_write(&devices[0], 4, 7), 1);')
})

test('where a write was blocked, what it would have left need not be kept, and its page keeps its value', () => {
  const read = [
    { call: 'dma-read', device: 0, iovfn: 4 },
    { ...ok, result: 'done', data: 0 },
  ] as const
  const text = textOf(blocked, [map, ok], read)
  expect(text).toContain('\tmemset(bytes, value, 16);\n')
  expect(text).not.toContain('scratch_open();')
})
