import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { must } from '../../../../base/result.js'
import type { Transcript } from '../../../protocol/transcript.js'
import { type LinuxInterface, linuxInterfaces } from '../qemu.js'
import { writeHeaders } from './headers.js'
import { reproducer } from './reproducer.js'
import { initOf, reproducerScript } from './script.js'
import { type Line, map, ok, transcript, unmap } from './testing/transcripts.js'
import { without } from './units.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-repro-'))
afterAll(() => rmSync(folder, { recursive: true }))
const headers = writeHeaders(folder)

/** Two calls, the second answered otherwise than the model allows. */
const two = (on: string, about = {}): Transcript =>
  transcript(
    on,
    [
      [map, ok],
      [unmap, { outcome: 'EINVAL' }],
    ],
    {},
    about,
  )

/** What a compiler says of programs, which is nothing if all is well; no file is written. */
function compiled(programs: readonly string[]): string {
  const names = programs.map((text, index) => {
    writeFileSync(join(folder, `${index}.c`), text)
    return `${index}.c`
  })
  const { stderr } = spawnSync('gcc', ['-S', '-O2', '-Wall', '-Wextra', '-Werror', ...headers, ...names], {
    cwd: folder,
    encoding: 'utf8',
  })
  return stderr
}

test.each(['iommufd', 'iommufd-file', 'iommufd-replace', 'compat'])(
  'a reproducer on %s takes the ABI from the headers of a kernel tree, and says how to get them',
  (on) => {
    const text = must(reproducer(two(on)))
    expect(text).toContain('#include <linux/iommufd.h>')
    expect(text).not.toMatch(/struct (iommu|vfio)_\w+ \{|#define (IOMMU|VFIO)/)
    expect(text).toContain('// Build: gcc -static -O2 -isystem LINUX_TREE/usr/include -o repro repro.c, after make')
    expect(text).toContain('TEST_GEN_PROGS := repro, CFLAGS += $(KHDR_INCLUDES)')
  },
)

test('a reproducer with KVM takes its ABI from there, too, and the script makes the headers', () => {
  const guest = { call: 'guest-write', page: 4, value: 7 }
  const run = transcript('type1v2', [[guest, ok]], { kvm: 1 })
  expect(must(reproducer(run))).not.toMatch(/struct kvm_\w+ \{\n|#define KVM/)
  expect(must(reproducerScript(run))).toMatch(/ headers\n[\s\S]* -isystem "\$work\/build\/usr\/include" -o /)
})

test('a reproducer holds why it was saved to the letter, dollars included', () => {
  const text = must(reproducer(transcript('iommufd', [[map, undefined]], {}, { why: `$' and $& and "$$"` })))
  expect(text).toContain(`"no reply then: $' and $& and \\"$$\\"");`)
})

test('a reproducer has the pages of what the run had: a guest_memfd, or by default a memfd', () => {
  expect(must(reproducer(two('iommufd', { backing: 'guest-memfd' })))).toContain('make_guest_memfd(16)')
  expect(must(reproducer(two('iommufd')))).toContain('memfd_create("backing", MFD_CLOEXEC)')
})

test('a reproducer of two calls has each beside what it was answered then', () => {
  const text = must(reproducer(two('type1v2')))
  const main = text
    .slice(text.indexOf('int main'))
    .split('\n')
    .map((line) => line.trim())
  expect(main.slice(main.findIndex((line) => line.startsWith('/* reset')) - 1)).toEqual([
    '',
    '/* reset interface=type1v2 kvm=0 pages=16 superpage=4 devices=1 entries=65535 memlock=4294967295 */',
    'int fd = memfd_create("backing", MFD_CLOEXEC);',
    'must(ftruncate(fd, 16 * PAGE));',
    'backing = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);',
    'if (backing == MAP_FAILED)',
    'die("the memfd cannot be mapped");',
    'vfio_open(open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC), VFIO_TYPE1v2_IOMMU, 1);',
    '',
    'expect("map iovfn=4 page=4 count=1 permissions=3, errno", vfio_map(range_of(4, 1), memory_of(4), 3), 0);',
    '',
    'expect("unmap iovfn=4 count=1, errno", vfio_unmap(range_of(4, 1), &unmapped), EINVAL);',
    '',
    'if (first_other)',
    'printf("ok 1 - not reproduced: %s was answered otherwise than then\\n", first_other);',
    'else',
    'printf("not ok 1 - reproduced: every call was answered as it was then\\n");',
    'return first_other ? PASS : FAIL;',
    '}',
    '',
  ])
})

test('an errno that <errno.h> may lack is compared by its name', () => {
  const named = must(reproducer(transcript('type1v2', [[map, { outcome: 'EUNKNOWN' }]])))
  expect(named).toMatch(/expect\(".*", strcmp\(strerrorname_np\(vfio_map\(.*\)\) \?: "EUNKNOWN", "EUNKNOWN"\), 0\);/)
  expect(compiled([named])).toBe('')
})

test('a call is left out only where it is a statement by itself', () => {
  expect(without(['idle'], '{\n\tidle(1);\n\tbusy(1);\n}\n')).toBe('{\n\tbusy(1);\n}\n')
  expect(() => without(['idle'], '{\n\tif (is)\n\t\tidle(1);\n}\n')).toThrow('idle(1); is not a statement by itself')
})

test('what only another implementation can see is a comment', () => {
  const text = must(reproducer(transcript('type1v2', [[{ call: 'observe' }, { ...ok, mappings: 2, faults: 0 }]])))
  expect(text).toContain('/* then mappings 2 */')
  expect(text).toContain('expect("observe, faults", faults_now(), 0);')
})

test('a reproducer begins with its line of a Makefile', () => {
  const head =
    must(reproducer(two('type1v2')))
      .split('#define')[0]
      ?.trimEnd()
      .split('\n') ?? []
  expect(head).toContain('// In the Makefile of a kselftest: TEST_GEN_PROGS := repro')
  expect(head.filter((line) => !line.startsWith('// '))).toEqual([])
})

const seen = { data: 0, result: 'done', fault: 0 }
const counts = { pins: 1, unmapped: 1 }
const pages = { page: 4, count: 1 }

/** Every call of the protocol that a kernel is asked, with all that it can be answered. */
function everyCall(on: LinuxInterface): readonly (readonly [Line, object])[] {
  const isTable = on === 'page-table'
  const memory = [
    { call: 'host-write', page: 4, value: 7 },
    { call: 'host-read', page: 4 },
  ]
  const dma = [
    { call: 'dma-write', device: 0, iovfn: 4, value: 7 },
    { call: 'dma-read', device: 0, iovfn: 4 },
  ]
  const places = ['attach', 'replace'].map((call) => ({ call, device: 0, domain: 1 }))
  const flaws = [
    'misaligned',
    'wraps',
    'empty',
    'unbacked',
    'outside',
    ...(on === 'iommufd-file' ? ['guest-memfd'] : []),
  ]
  const flawed = flaws.flatMap((flaw, at) => [{ ...map, flaw }, ...(at < 3 ? [{ ...unmap, flaw }] : [])])
  const kernel = [
    ...[{ call: 'unmap-all' }, { call: 'unmap-under-dma', iovfn: 4, count: 1, device: 0, before: 5 }],
    ...[{ call: 'punch-hole', ...pages }, ...flawed],
  ]
  const kvm = [
    ...['set-attributes', 'convert'].map((call) => ({ call, ...pages, to: 'private' })),
    ...[
      { call: 'guest-write', page: 4, value: 7 },
      { call: 'guest-read', page: 4 },
      { call: 'punch-private', ...pages },
    ],
  ]
  const all: Line[] = [map, unmap, ...memory, ...dma, { call: 'observe' }, { call: 'close' }]
  const others = isTable ? [...places, { call: 'detach', device: 0 }, { ...map, domain: 1 }] : [...kernel, ...kvm]
  return [...all, ...others].map((call) => [call, replyTo(on, call.call)])
}

function replyTo(on: LinuxInterface, call: string): object {
  const isTable = on === 'page-table'
  const pins = isTable ? {} : { pins: 1 }
  if (call === 'map') return { ...ok, ...pins }
  if (call.startsWith('unmap')) return { ...ok, ...counts, ...pins }
  if (call.startsWith('dma')) return call === 'dma-read' ? { ...ok, ...seen } : { ...ok, result: 'done', fault: 0 }
  if (call === 'observe') return { ...ok, ...(isTable ? {} : { pinned: 1, locked: 1, entries: 1 }), faults: 0 }
  if (call === 'close') return { ...ok, ...(isTable ? {} : { pins: 0, locked: 0 }), tables: 0, stray: 0 }
  return call.endsWith('-read') ? { ...ok, data: 7 } : ok
}

test.each(linuxInterfaces)(
  'a reproducer of each call on %s, and of all of them, compiles without a warning',
  { tags: 'long', timeout: 120_000 },
  (on) => {
    const isTable = on === 'page-table'
    const turns = everyCall(on)
    const domains = isTable ? { domains: 2 } : {}
    const isOfKvm = (call: string) => /^(guest|punch-private|convert|set-)/.test(call)
    const alone = turns.map((turn) => transcript(on, [turn], { kvm: isOfKvm(turn[0].call) ? 1 : 0, ...domains }))
    const closeLast = [
      ...turns.filter(([{ call }]) => call !== 'close'),
      ...turns.filter(([{ call }]) => call === 'close'),
    ]
    const limits = isTable ? {} : { kvm: 1, entries: 5, memlock: 8 }
    const whole = transcript(on, closeLast, { ...limits, ...domains })
    const again = { ...two(on), sequence: { ...two(on).sequence, earlier: [whole.sequence, two(on).sequence] } }
    const programs = [...alone, two(on), whole, again].map((one) => must(reproducer(one)))
    expect(compiled(programs)).toBe('')
  },
)

test('the init of a reproducer compiles without a warning', () => {
  expect(compiled([initOf('vfio-pci')])).toBe('')
})

test.each(linuxInterfaces)('the script for a reproducer on %s is one that a shell can read', (on) => {
  const script = must(reproducerScript(two(on)))
  execFileSync('sh', ['-n'], { input: script })
  expect(script).toContain('\nCONFIG_VFIO_IOMMU_TYPE1=y\n')
  expect(script.split('\n').filter((line) => line.startsWith('qemu-system-x86_64 '))).toEqual([
    expect.stringMatching(/-kernel "\$work\/build\/vmlinux" -initrd "\$work\/repro\.cpio" .*-device edu,/),
  ])
  expect(script.includes('drivers/iommu/dmaproof_pt.c')).toBe(on === 'page-table')
})

test('a script that cannot build its kernel is skipped: its status is not that of a divergence', () => {
  writeFileSync(join(folder, 'repro.sh'), must(reproducerScript(two('iommufd'))))
  const tree = join(folder, 'tree')
  mkdirSync(tree)
  const ran = (...words: readonly string[]) =>
    spawnSync('sh', ['repro.sh', ...words], { cwd: folder, encoding: 'utf8' })
  expect(ran()).toMatchObject({ status: 4, stderr: expect.stringContaining('nothing: expected the folder of Linux') })
  expect(ran(tree)).toMatchObject({ status: 4, stderr: expect.stringContaining('sh repro.sh LINUX_TREE') })
  writeFileSync(join(tree, 'Kbuild'), '')
  writeFileSync(join(tree, 'Makefile'), 'tinyconfig:\n\tfalse\n')
  expect(ran(tree)).toMatchObject({ status: 4, stderr: expect.stringContaining('tinyconfig') })
})

test.each<[string, readonly object[], number, RegExp]>([
  ['fails if the divergence is there', [], 1, /^not ok 1 - reproduced: /],
  ['passes if it is gone', [], 0, /^ok 1 - not reproduced: map .* was answered otherwise than then/],
  ['is skipped where it could not run', [], 4, /^ok 1 - could not run # SKIP expected the PCI address of a device/],
])('a reproducer %s', (_, __, status, result) => {
  const calls: Record<number, string> = { 0: 'ENOENT', 1: 'ok' }
  // a program whose only call is one that needs no device, so that it runs anywhere
  const text = must(reproducer(transcript('type1v2', [[map, { outcome: calls[status] ?? 'ok' }]])))
    .replace(/^\tvfio_open\(.*\n/m, '')
    .replace(/vfio_map\(.*, 3\)/, '0')
  writeFileSync(join(folder, 'ktap.c'), text)
  execFileSync('gcc', ['-o', 'ktap', 'ktap.c'], { cwd: folder })
  const ran = spawnSync(join(folder, 'ktap'), status === 4 ? [] : ['0000:00:01.0'], { encoding: 'utf8' })
  const lines = ran.stdout.trimEnd().split('\n')
  expect(lines.slice(0, 2)).toEqual(['TAP version 13', '1..1'])
  expect(lines.at(-1)).toMatch(result)
  expect(ran.status).toBe(status)
})

test('what is no run of a kernel is refused with the interfaces that are', () => {
  const { header, sequence, ...rest } = two('type1')
  const sept = { ...sequence, setting: { ...sequence.setting, interface: 'sept' as const } }
  const refused = reproducer({ header, sequence: sept, ...rest })
  expect(refused.ok ? '' : refused.problem.message).toContain('expected one of type1, type1v2')
})
