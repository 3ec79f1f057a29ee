import { expect, test } from 'vitest'
import { must } from '../../../../base/result.js'
import { type LinuxInterface, linuxInterfaces } from '../qemu.js'
import { reproducer } from './reproducer.js'
import { type Line, map, ok, transcript, unmap } from './testing/transcripts.js'

const write: Line = { call: 'dma-write', device: 0, iovfn: 4, value: 7 }
const read: Line = { call: 'dma-read', device: 0, iovfn: 4 }
const done = { ...ok, result: 'done', fault: 0 }

/** Two calls each, as most divergences come to after they were shrunk; and the field that diverged. */
const pairs = {
  'map, unmap': [[unmap, { outcome: 'EINVAL' }], 'outcome'],
  'map, DMA write': [[write, done], 'result'],
  'map, DMA read': [[read, { ...done, data: 0 }], 'result'],
} as const

/** With the replies of a kernel, whose maps say what they pinned. */
function textOf(on: LinuxInterface, pair: keyof typeof pairs): string {
  const [last, diverged] = pairs[pair]
  const mapped = on === 'page-table' ? ok : { ...ok, pins: 1 }
  return must(reproducer(transcript(on, [[map, mapped], last]), [diverged]))
}

const linesOf = (text: string): number => text.trimEnd().split('\n').length

/** Lines of each pair, comments and blank lines included: what is longer needs a reason, docs/linux.md its number. */
const lengths: Readonly<Record<LinuxInterface, readonly [unmap: number, write: number, read: number]>> = {
  type1: [107, 129, 151],
  type1v2: [107, 129, 151],
  iommufd: [120, 141, 163],
  'iommufd-file': [125, 146, 170],
  'iommufd-replace': [168, 159, 181],
  compat: [120, 142, 164],
  'page-table': [106, 138, 153],
}

test.each(linuxInterfaces)('a reproducer of two calls on %s has as many lines as are said here', (on) => {
  const found = Object.keys(pairs).map((pair) => linesOf(textOf(on, pair as keyof typeof pairs)))
  expect(found).toEqual(lengths[on])
})

test.each(linuxInterfaces)(
  'a reproducer on %s has about 150 lines: no pair more than 185, and all in all 150',
  (on) => {
    const found = Object.keys(pairs).map((pair) => linesOf(textOf(on, pair as keyof typeof pairs)))
    expect(Math.max(...found)).toBeLessThanOrEqual(185)
    const mean = found.reduce((sum, lines) => sum + lines, 0) / found.length
    expect(mean).toBeLessThanOrEqual(on === 'iommufd-replace' ? 170 : 150)
  },
)

test('a pair with a guest has a vCPU and the code that it runs, and no other', () => {
  const run = (call: Line, reply: object) =>
    must(reproducer(transcript('type1v2', [[{ ...call, page: 4 }, reply]], { kvm: 1 }), ['data']))
  const attributes: Line = { call: 'set-attributes', count: 1, to: 'private' }
  expect(run(attributes, ok)).not.toMatch(/kvm_run|_code\[\]/)
  const reads = run({ call: 'guest-read' }, { ...ok, data: 7 })
  expect(reads).toContain('read_code[]')
  expect(reads).not.toMatch(/(write|hypercall)_code/)
  const both: readonly (readonly [Line, object])[] = [
    [{ call: 'convert', page: 4, count: 1, to: 'private' }, ok],
    [
      { call: 'guest-read', page: 4 },
      { ...ok, data: 7 },
    ],
  ]
  expect(linesOf(must(reproducer(transcript('type1v2', both, { kvm: 1 }), ['data'])))).toBe(149)
})

test('a run whose calls reach neither a container nor a device opens none, and takes no address', () => {
  const convert: Line = { call: 'convert', page: 4, count: 1, to: 'private' }
  const run = (...turns: readonly (readonly [Line, object])[]) =>
    must(reproducer(transcript('type1v2', turns, { kvm: 1 }), ['outcome']))
  expect(run([convert, ok])).not.toMatch(/vfio|argv|ADDRESS/)
  for (const call of [map, write, { call: 'observe' }]) {
    expect(run([convert, ok], [call, ok])).toMatch(/vfio_open\([\s\S]*argv/)
  }
})

test.each(linuxInterfaces)('each function that a reproducer on %s has is called', (on) => {
  for (const pair of Object.keys(pairs)) {
    const text = textOf(on, pair as keyof typeof pairs)
    const names = [...text.matchAll(/^static [\w ]+[ *](\w+)\(/gm)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(2)
    expect(names.filter((name) => text.split(new RegExp(`\\b${name}\\b`)).length < 3)).toEqual([])
  }
})

test('the directory of a page table stays, also where no page of its own is for DMA', () => {
  const unmapped = textOf('page-table', 'map, unmap')
  const keeps = 'if (table_map(first, scratch, 3))\n'
  expect(unmapped).toContain(keeps)
  expect(unmapped).not.toMatch(/resource0|EDU_|argv/)
  expect(textOf('page-table', 'map, DMA read')).toContain(keeps)
})

test('devices have moved to the new address space, and the old one is gone, before counters are compared', () => {
  const unmapped = [unmap, { ...ok, unmapped: 1, pins: 0 }] as const
  const run = transcript('iommufd-replace', [[map, { ...ok, pins: 1 }], unmapped])
  const lines = must(reproducer(run, ['pins'])).split('\n')
  const last = lines.slice(lines.lastIndexOf('\tspace_begin();'), lines.indexOf('\tif (first_other)'))
  expect(last.map((line) => line.trim().replace(/"[^"]*", /, ''))).toEqual([
    'space_begin();',
    '/* What is mapped in the old one is in the new one, too, unless a call has taken it away. */',
    'struct range range = range_of(4, 1);',
    'struct iommu_ioas_copy copy = {',
    '.size = sizeof copy, .dst_ioas_id = first_ioas, .src_ioas_id = old_ioas, .flags = flags_of(3),',
    '.length = range.length, .dst_iova = range.iova, .src_iova = range.iova,',
    '};',
    'if (ioctl(iommufd, IOMMU_IOAS_COPY, &copy) && errno != ENOENT)',
    'die("a mapping cannot be copied");',
    'expect(iommufd_unmap(range_of(4, 1), &unmapped), 0);',
    'space_enter(1);',
    'destroy(old_table);',
    'destroy(old_ioas);',
    'expect(unmapped / PAGE, 1);',
    'expect(pinned_pages() - pins, 0);',
    '',
  ])
  const failed = transcript('iommufd-replace', [
    [map, ok],
    [map, { outcome: 'EEXIST' }],
  ])
  expect(must(reproducer(failed))).toMatch(/EEXIST\);\n\tdestroy\(table\);\n\tdestroy\(first_ioas\);/)
})
