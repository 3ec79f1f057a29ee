import { type Answer, type Call, noLimits } from '../../../protocol/messages.js'
import type { Sequence } from '../../../protocol/sequence.js'
import { defaultGuest, type LinuxIommu, type TestSetup } from '../../../protocol/setting.js'
import type { Transcript } from '../../../protocol/transcript.js'
import type { LinuxInterface } from '../qemu.js'

/** What a reproducer has of a run besides its calls. */
export interface Needs {
  readonly on: LinuxInterface
  readonly backing: 'memfd' | 'guest-memfd'
  readonly iommu: LinuxIommu
  readonly hasDma: boolean
  /** DMA is done by `dma.c` or `zeroes.c` here, and not by the agent's. */
  readonly isPlain: boolean
  /** It is done by `zeroes.c`: no page is read, so that what is written need not be what was written then. */
  readonly writesZeroes: boolean
  /** Devices write what was written then, which their buffers are filled with. */
  readonly fillsBuffers: boolean
  /** Fault counts of DMA are compared. */
  readonly comparesFaults: boolean
  /** A container has the scratch pages at some time. */
  readonly hasScratch: boolean
  /** Pages are signed, by which reads are told from blocked ones. */
  readonly signs: boolean
  /** A reset of the transcript has such a limit, or fields of its replies are compared. */
  readonly hasMemlock: boolean
  readonly hasEntries: boolean
}

/** Interfaces on which the scratch pages are in every address space, since they are more than one. */
const copiesTables: readonly LinuxInterface[] = ['page-table', 'iommufd-replace']

/** Whether a container has the scratch pages from its reset on. */
export const hasScratchAlways = (on: LinuxInterface, { entries }: TestSetup): boolean =>
  entries !== noLimits.entries || copiesTables.includes(on)

/** What the reproducer of a transcript needs of the machine and of the kernel. */
export function needsOf(on: LinuxInterface, { header, sequence, answers }: Transcript): Needs {
  const sequences = [...(sequence.earlier ?? []), sequence]
  const calls = sequences.flatMap((one) => one.calls)
  const hasDma = calls.some(({ call }) => /^dma-|-dma$/.test(call))
  const isPlain = hasDma && sequences.every(keepsFrames)
  const isShort = isPlain && on !== 'iommufd-replace'
  const writesZeroes = isShort && !calls.some(({ call }) => call.endsWith('-read'))
  const signs = hasDma && (!isPlain || calls.some(({ call }) => call === 'dma-read'))
  return {
    on,
    backing: header.backing ?? defaultGuest.backing,
    iommu: header.iommu ?? defaultGuest.iommu,
    hasDma,
    isPlain,
    writesZeroes,
    fillsBuffers: hasDma && !writesZeroes && !(isShort && !calls.some(({ call }) => call === 'dma-write')),
    comparesFaults: !(isPlain && areFaultsPlain(answers)),
    hasScratch: signs || (hasDma && !writesZeroes && sequences.some(({ setting }) => hasScratchAlways(on, setting))),
    signs,
    hasMemlock: sequences.some(({ setting: { memlock } }) => memlock !== noLimits.memlock),
    hasEntries: sequences.some(({ setting: { entries } }) => entries !== noLimits.entries),
  }
}

/** Calls that leave every page its frame. */
const plainCalls: readonly Call['call'][] = [
  ...(['map', 'unmap', 'unmap-all', 'attach', 'replace', 'detach', 'close'] as const),
  ...(['dma-write', 'dma-read', 'host-write', 'host-read', 'observe'] as const),
]

const isPlainCall = (call: Call): boolean => plainCalls.includes(call.call) && !('value' in call && call.value === 255)

/** No page changes its frame, and no write has the byte that the device's buffer cannot hold in full. */
const keepsFrames = ({ setting, calls }: Sequence): boolean => setting.kvm === 0 && calls.every(isPlainCall)

/** Whether faults say no more than results. Where the last DMA was blocked, the divergence may be about its fault. */
const areFaultsPlain = (answers: readonly Answer[]): boolean =>
  answers.every(({ result, fault }) => fault === undefined || fault === Number(result === 'blocked')) &&
  answers.at(-1)?.result !== 'blocked'

/** Calls of one page each do not show how the frames of several lie. */
export const isSmall = (calls: readonly Call[]): boolean =>
  calls.every((call) => isPlainCall(call) && !('count' in call && call.count > 1))
