import { expect, test } from 'vitest'
import { must } from '../../../../base/result.js'
import { type LinuxInterface, linuxInterfaces } from '../qemu.js'
import { reproducer } from './program.js'
import { type Line, map, ok, transcript, unmap } from './testing/transcripts.js'

const write: Line = { call: 'dma-write', device: 0, iovfn: 4, value: 7 }
const read: Line = { call: 'dma-read', device: 0, iovfn: 4 }
const done = { ...ok, result: 'done', fault: 0 }

/** Two calls each, as most divergences come to after they were shrunk. */
const pairs = {
  'map, unmap': [unmap, { outcome: 'EINVAL' }],
  'map, DMA write': [write, done],
  'map, DMA read': [read, { ...done, data: 0 }],
} as const

const textOf = (on: LinuxInterface, pair: keyof typeof pairs): string =>
  must(reproducer(transcript(on, [[map, ok], pairs[pair]])))

const linesOf = (text: string): number => text.trimEnd().split('\n').length

/** Lines of each pair, comments and blank lines included: what is longer needs a reason, docs/linux.md its number. */
const lengths: Readonly<Record<LinuxInterface, readonly [unmap: number, write: number, read: number]>> = {
  type1: [159, 187, 280],
  type1v2: [159, 187, 280],
  iommufd: [182, 205, 298],
  'iommufd-file': [199, 222, 327],
  'iommufd-replace': [336, 475, 505],
  compat: [185, 213, 306],
  'page-table': [173, 206, 281],
}

test.each(linuxInterfaces)('a reproducer of two calls on %s has as many lines as are said here', (on) => {
  const found = Object.keys(pairs).map((pair) => linesOf(textOf(on, pair as keyof typeof pairs)))
  expect(found).toEqual(lengths[on])
})

test.each(['type1', 'type1v2', 'compat', 'iommufd', 'iommufd-file', 'page-table'] as const)(
  'a reproducer on %s fits into a mail: 200 lines for a map and an unmap, 225 with a DMA',
  (on) => {
    expect(linesOf(textOf(on, 'map, unmap'))).toBeLessThanOrEqual(200)
    expect(linesOf(textOf(on, 'map, DMA write'))).toBeLessThanOrEqual(225)
  },
)

test.each(linuxInterfaces)('each function that a reproducer on %s has is called', (on) => {
  for (const pair of Object.keys(pairs)) {
    const text = textOf(on, pair as keyof typeof pairs)
    const names = [...text.matchAll(/^static [\w ]+[ *](\w+)\(/gm)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(8)
    expect(names.filter((name) => text.split(new RegExp(`\\b${name}\\b`)).length < 3)).toEqual([])
  }
})

test('the directory of a page table stays, also where no page of its own is for DMA', () => {
  const unmapped = textOf('page-table', 'map, unmap')
  expect(unmapped).toContain('\ttable_hold();\n')
  expect(unmapped).not.toMatch(/resource0|EDU_/)
  const readBack = textOf('page-table', 'map, DMA read')
  expect(readBack).toContain('\tscratch_reset(true);\n')
  expect(readBack).not.toContain('table_hold')
})
