import { Prng } from '../base/prng.js'
import type { Workload, WorkloadStep } from './workload.js'

// Page numbers and sizes are in pages of 4 KiB.

const superpage = 512
const mib = 256
export const gib = 1024 * mib

/** Pages of the pool that Linux shares at boot: IO_TLB_DEFAULT_SIZE, 64 MiB. It begins with the guest. */
export const poolPages = 64 * mib

/** A range, in requests of `each` pages. */
function* convert(first: number, count: number, to: 'shared' | 'private', each: number): Generator<WorkloadStep> {
  for (let gfn = first; gfn < first + count; gfn += each) yield { op: 'convert', gfn, count: each, to }
}

/** DMA to single pages of a range that a seed draws. */
function* randomDma(first: number, count: number, times: number, bounced = false): Generator<WorkloadStep> {
  const random = new Prng(1)
  for (let at = 0; at < times; at += 1) {
    const gfn = first + random.nextBelow(count)
    yield { op: 'dma', gfn, count: 1, access: at % 2 === 0 ? 'write' : 'read', bounced }
  }
}

function* boot(): Generator<WorkloadStep> {
  yield { op: 'convert', gfn: 0, count: poolPages, to: 'shared' }
  yield* randomDma(0, poolPages, 65_536, true)
}

/** Behind the pool, so that a design with a pool and one without convert the same pages. */
const buffers = gib
const ring = 2 * 1024
const rounds = 64

/** Every 64th packet leaves the guest's driver with a buffer less: the page goes back, and is shared again. */
function* nic(): Generator<WorkloadStep> {
  yield* convert(buffers, ring, 'shared', 1)
  for (let at = 0; at < ring * rounds; at += 1) {
    const gfn = buffers + (at % ring)
    yield { op: 'dma', gfn, count: 1, access: 'write' }
    if (at % 64 !== 63) continue
    yield { op: 'convert', gfn, count: 1, to: 'private' }
    yield { op: 'convert', gfn, count: 1, to: 'shared' }
  }
}

/** As a guest would do that wants a device to reach no more than the buffers of its next packets. */
function* nicStrict(): Generator<WorkloadStep> {
  for (let at = 0; at < ring * 8; at += 1) {
    const gfn = buffers + (at % ring)
    yield { op: 'convert', gfn, count: 1, to: 'shared' }
    yield { op: 'dma', gfn, count: 1, access: 'write' }
    yield { op: 'convert', gfn, count: 1, to: 'private' }
  }
}

const nvmeBuffers = 256 * mib
const blockPages = 32

function* nvme(): Generator<WorkloadStep> {
  yield* convert(buffers, nvmeBuffers, 'shared', superpage)
  const random = new Prng(1)
  for (let at = 0; at < 8192; at += 1) {
    const gfn = buffers + random.nextBelow(nvmeBuffers / blockPages) * blockPages
    yield { op: 'dma', gfn, count: blockPages, access: at % 3 === 0 ? 'write' : 'read' }
  }
}

const gpgpuPages = 16 * gib

/** The GPU reads everything, while the guest takes single pages back. */
function* gpgpu(): Generator<WorkloadStep> {
  yield* convert(buffers, gpgpuPages, 'shared', superpage)
  yield* randomDma(buffers, gpgpuPages, 65_536)
  const random = new Prng(2)
  for (let at = 0; at < 4096; at += 1) {
    yield { op: 'convert', gfn: buffers + random.nextBelow(gpgpuPages), count: 1, to: 'private' }
    for (let more = 0; more < 8; more += 1) {
      yield { op: 'dma', gfn: buffers + random.nextBelow(gpgpuPages), count: 1, access: 'read' }
    }
  }
}

function* noSpaceLeft(): Generator<WorkloadStep> {
  yield* convert(buffers, 512 * mib, 'shared', 1)
  yield* randomDma(buffers, 512 * mib, 65_536)
}

/** What a measurement can run, by name. */
export const workloads: readonly Workload[] = [
  {
    name: 'boot',
    says: 'A guest boots, shares a bounce pool of 64 MiB, and does 65,536 DMA through it.',
    source: 'Linux 7.2.13 include/linux/swiotlb.h, IO_TLB_DEFAULT_SIZE',
    pages: 4 * gib,
    steps: boot,
  },
  {
    name: 'nic',
    says: 'A network card with two rings of 1,024 buffers of 4 KiB; of 131,072 packets every 64th changes its page.',
    source: 'an assumption: sizes that drivers offer',
    pages: 4 * gib,
    steps: nic,
  },
  {
    name: 'nic-strict',
    says: 'The same card, where each of 16,384 packets has its buffer shared before and taken back after.',
    source: 'xlab-uiuc/Fast-and-Safe-IO-Memory-Protection 2e447774ebb3, README: the strictest protection',
    pages: 4 * gib,
    steps: nicStrict,
  },
  {
    name: 'nvme',
    says: 'An NVMe queue with 256 MiB of buffers and 8,192 transfers of 128 KiB.',
    source: 'an assumption: sizes that drivers offer',
    pages: 4 * gib,
    steps: nvme,
  },
  {
    name: 'gpgpu',
    says: 'A GPGPU to which the guest shares 16 GiB, 2 MiB at a time; then 4,096 single pages go private at random.',
    source: 'the 2021 thread: GPGPUs and similar, where a guest shares a lot of memory with a device',
    pages: 32 * gib,
    givesUp: true,
    steps: gpgpu,
  },
  {
    name: 'no-space-left',
    says: 'A guest of 16 GiB with a GPU shares 512 MiB page by page.',
    source: 'kata-containers/kata-containers, issue 11721: VFIO_MAP_DMA failed, no space left on device',
    pages: 16 * gib,
    steps: noSpaceLeft,
  },
  {
    name: 'pinned',
    says: 'A guest of 16 GiB with a device shares no more than its bounce pool.',
    source: 'cloud-hypervisor/cloud-hypervisor, issue 165: all of a guest of 16 GiB is pinned, over RLIMIT_MEMLOCK',
    pages: 16 * gib,
    steps: boot,
  },
]

export const findWorkload = (name: string): Workload | undefined => workloads.find((one) => one.name === name)
