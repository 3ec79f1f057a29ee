import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { must } from '../../../../base/result.js'
import type { Transcript } from '../../../protocol/transcript.js'
import { type LinuxInterface, linuxInterfaces } from '../qemu.js'
import { reproducer } from './program.js'
import { initOf, reproducerScript } from './script.js'
import { type Line, map, ok, transcript, unmap } from './testing/transcripts.js'
import { without } from './units.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-repro-'))
afterAll(() => rmSync(folder, { recursive: true }))

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
function compiled(programs: readonly string[], ...words: readonly string[]): string {
  const names = programs.map((text, index) => {
    writeFileSync(join(folder, `${index}.c`), text)
    return `${index}.c`
  })
  const { stderr } = spawnSync('gcc', ['-S', '-O0', '-Wall', '-Wextra', '-Werror', ...words, ...names], {
    cwd: folder,
    encoding: 'utf8',
  })
  return stderr
}

/** What Linux 6.8 and later have in headers that Debian 12 has without it, as far as the program brings it along. */
const newer = `
#include <linux/vfio.h>
struct vfio_device_bind_iommufd { __u32 argsz, flags; __s32 iommufd; __u32 out_devid; };
#define VFIO_DEVICE_BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
struct vfio_device_attach_iommufd_pt { __u32 argsz, flags, pt_id; };
#define VFIO_DEVICE_ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)
#include <linux/kvm.h>
#ifndef KVM_CREATE_GUEST_MEMFD
struct kvm_userspace_memory_region2 {
  __u32 slot, flags; __u64 guest_phys_addr, memory_size, userspace_addr, guest_memfd_offset;
  __u32 guest_memfd, pad1; __u64 pad2[14];
};
struct kvm_memory_attributes { __u64 address, size, attributes, flags; };
struct kvm_create_guest_memfd { __u64 size, flags, reserved[6]; };
#define KVM_X86_SW_PROTECTED_VM 1
#define KVM_MEM_GUEST_MEMFD (1UL << 2)
#define KVM_MEMORY_ATTRIBUTE_PRIVATE (1ULL << 3)
#define KVM_SET_USER_MEMORY_REGION2 _IOW(KVMIO, 0x49, struct kvm_userspace_memory_region2)
#define KVM_SET_MEMORY_ATTRIBUTES _IOW(KVMIO, 0xd2, struct kvm_memory_attributes)
#define KVM_CREATE_GUEST_MEMFD _IOWR(KVMIO, 0xd4, struct kvm_create_guest_memfd)
#endif
`

test('a reproducer compiles with the headers of a newer kernel, too', () => {
  writeFileSync(join(folder, 'newer.h'), newer)
  expect(compiled([must(reproducer(two('iommufd-file')))], '-include', 'newer.h')).toBe('')
})

test('a reproducer holds why it was saved to the letter, dollars included', () => {
  const text = must(reproducer(transcript('iommufd', [[map, undefined]], {}, { why: `$' and $& and "$$"` })))
  expect(text).toContain(`return skip_test("no reply then: $' and $& and \\"$$\\"");`)
})

test('a reproducer has the pages of what the run had: a guest_memfd, or by default a memfd', () => {
  expect(must(reproducer(two('iommufd', { backing: 'guest-memfd' })))).toContain('make_guest_memfd(16)')
  expect(must(reproducer(two('iommufd')))).toContain('new_memfd(16)')
})

test('a reproducer of two calls is short, and has each beside what it was answered then', () => {
  const text = must(reproducer(two('type1v2')))
  expect(text.split('\n').length).toBeLessThanOrEqual(165)
  const main = text
    .slice(text.indexOf('int main'))
    .split('\n')
    .map((line) => line.trim())
  expect(main.slice(4)).toEqual([
    '',
    '/* reset interface=type1v2 kvm=0 pages=16 superpage=4 devices=1 entries=65535 memlock=4294967295 */',
    'backing_open(16, new_memfd(16));',
    'vfio_open(open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC), VFIO_TYPE1v2_IOMMU, 1);',
    '',
    'expect_outcome("map iovfn=4 page=4 count=1 permissions=3", ' +
      'vfio_map(range_of(4, 1), backing + 4 * PAGE, 3), "ok");',
    '',
    'expect_outcome("unmap iovfn=4 count=1", vfio_unmap(range_of(4, 1), &unmapped), "EINVAL");',
    'return end_test();',
    '}',
    '',
  ])
})

test('a call is left out only where it is a statement by itself', () => {
  expect(without(['idle'], '{\n\tidle(1);\n\tbusy(1);\n}\n')).toBe('{\n\tbusy(1);\n}\n')
  expect(() => without(['idle'], '{\n\tif (is)\n\t\tidle(1);\n}\n')).toThrow('idle(1); is not a statement by itself')
})

test('what only another implementation can see is a comment', () => {
  const text = must(reproducer(transcript('type1v2', [[{ call: 'observe' }, { ...ok, mappings: 2, faults: 0 }]])))
  expect(text).toContain('/* then mappings 2 */')
  expect(text).toContain('expect_number("observe, faults", faults_now(), 0);')
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
  120_000,
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

test.each<[string, readonly object[], number, RegExp]>([
  ['fails if the divergence is there', [], 1, /^not ok 1 - reproduced: /],
  ['passes if it is gone', [], 0, /^ok 1 - not reproduced: map .* was answered otherwise than then/],
  ['is skipped where it could not run', [], 4, /^ok 1 - could not run # SKIP expected the PCI addresses of 1 devices/],
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
