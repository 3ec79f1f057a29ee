import { expect, test } from 'vitest'
import { must } from '../../../../base/result.js'
import { golden } from '../../../../report/testing/golden.js'
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

test('a reproducer of two calls has as many lines as these, comments and blank lines included', () => {
  const rows = linuxInterfaces.flatMap((on) =>
    Object.keys(pairs).map((pair) => {
      const lines = linesOf(textOf(on, pair as keyof typeof pairs))
      return `${on.padEnd(16)} ${pair.padEnd(15)} ${lines}\n`
    }),
  )
  const text = rows.join('')
  expect(text).toBe(golden(new URL('golden/lengths.txt', import.meta.url), text))
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
