import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { modelVersion } from '../../../search/trace.js'
import { protocolVersion } from '../../protocol/messages.js'
import { readTranscript } from '../../protocol/transcript.js'
import { linuxInterfaces } from './qemu.js'
import { reproducer } from './repro.js'

/** Two calls on an interface, the second answered otherwise than the model allows. */
function transcript(on: string) {
  const setting = { kvm: 0, pages: 16, superpage: 4, devices: 1, entries: 65_535, memlock: 0xffff_ffff }
  const lines = [
    { id: 1, call: 'reset', interface: on, ...setting },
    { id: 1, outcome: 'ok' },
    { id: 2, call: 'map', iovfn: 4, page: 4, count: 1, permissions: 3, flaw: 'none' },
    { id: 2, outcome: 'ok' },
    { id: 3, call: 'unmap', iovfn: 4, count: 1, flaw: 'none' },
    { id: 3, outcome: 'EINVAL' },
  ]
  const versions = { dmaproof: 'transcript', format: 1, protocol: protocolVersion, model: modelVersion }
  const about = { target: 'linux-6.12', interface: on, platforms: ['linux-6.12'], observes: [], seed: 1, why: 'EINVAL' }
  const all = [{ ...versions, ...about, lines: lines.length }, ...lines]
  return must(readTranscript(`${all.map((line) => JSON.stringify(line)).join('\n')}\n`, 'kept.ndjson'))
}

test('a reproducer is one file of C that compiles without a warning and needs nothing beside it', () => {
  const text = must(reproducer(transcript('iommufd')))
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-repro-'))
  try {
    writeFileSync(join(folder, 'repro.c'), text)
    execFileSync('gcc', ['-fsyntax-only', '-Wall', '-Wextra', '-Werror', 'repro.c'], { cwd: folder })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

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
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-repro-'))
  try {
    writeFileSync(join(folder, 'newer.h'), newer)
    writeFileSync(join(folder, 'repro.c'), must(reproducer(transcript('iommufd-file'))))
    const words = ['-fsyntax-only', '-Wall', '-Wextra', '-Werror', '-include', 'newer.h', 'repro.c']
    execFileSync('gcc', words, { cwd: folder })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a reproducer holds what a reply said then to the letter, dollars included', () => {
  const said = transcript('iommufd')
  const text = must(reproducer({ ...said, header: { ...said.header, why: "$' and $& and $$" }, answers: [] }))
  expect(text).toContain("nothing: $' and $& and $$")
})

test('a reproducer has the pages of what the run had: a guest_memfd, or by default a memfd', () => {
  const said = transcript('iommufd')
  const onGuestMemfd = must(reproducer({ ...said, header: { ...said.header, backing: 'guest-memfd' } }))
  expect(onGuestMemfd).toContain('.backing = "guest-memfd" };')
  expect(must(reproducer(said))).toContain('.backing = "memfd" };')
})

test('a reproducer shows beside each call what it was answered then', () => {
  const text = must(reproducer(transcript('type1v2')))
  const calls = text.slice(text.indexOf('} calls[] = {'), text.indexOf('int main'))
  expect(calls.match(/\\"(call|outcome)\\":\\"[\w-]+/g)?.map((word) => word.split('"').at(-1))).toEqual([
    'reset',
    'ok',
    'map',
    'ok',
    'unmap',
    'EINVAL',
  ])
})

test('a reproducer begins with its line of a Makefile, a guest to run in, and the kernel for that', () => {
  const text = must(reproducer(transcript('type1v2')))
  const head = text.slice(0, text.indexOf('#define')).split('\n')
  expect(head).toContain('// In the Makefile of a kselftest: TEST_GEN_PROGS := repro')
  expect(head.filter((line) => line.includes('qemu-system-x86_64') && line.includes('-device edu,'))).toHaveLength(1)
  expect(head).toContain('// CONFIG_VFIO_IOMMU_TYPE1=y')
  expect(head.filter((line) => line !== '' && !line.startsWith('// '))).toEqual([])
})

test.each(linuxInterfaces)('a reproducer on %s compiles without a warning', (on) => {
  const text = must(reproducer(transcript(on)))
  const words = ['-fsyntax-only', '-Wall', '-Wextra', '-Werror', '-x', 'c', '-']
  execFileSync('gcc', words, { input: text })
})

test('what is no run of a kernel is refused with the interfaces that are', () => {
  const { header, sequence, ...rest } = transcript('type1')
  const sept = { ...sequence, setting: { ...sequence.setting, interface: 'sept' as const } }
  const refused = reproducer({ header, sequence: sept, ...rest })
  expect(refused.ok ? '' : refused.problem.message).toContain('expected one of type1, type1v2')
})
