import { type Answer, type Call, noLimits, type Observation } from '../../../protocol/messages.js'
import type { Sequence } from '../../../protocol/sequence.js'
import { defaultGuest, type LinuxIommu, type TestSetup } from '../../../protocol/setting.js'
import type { Transcript } from '../../../protocol/transcript.js'
import type { LinuxInterface } from '../qemu.js'

/**
 * Whose code does DMA: `zeroes` writes zeroes, and nothing is read; `reads` does both, and nothing reads what a device
 * wrote; `values` writes what was written then; `agent` does it as the agent does, where a page may get another frame.
 */
export type DmaCode = 'none' | 'zeroes' | 'reads' | 'values' | 'agent'

/** What a reproducer has of a run besides its calls. */
export interface Needs {
  readonly on: LinuxInterface
  readonly backing: 'memfd' | 'guest-memfd'
  readonly iommu: LinuxIommu
  /** Some call reaches the container, or a device. */
  readonly hasContainer: boolean
  readonly dma: DmaCode
  /** A container has the agent's scratch pages at some time; what they cost is left out of counts. */
  readonly hasScratch: boolean
  /** A container has a page that devices store in what they read. */
  readonly storesReads: boolean
  /** The agent's devices write from buffers that are filled before. */
  readonly fillsBuffers: boolean
  /** Pages are signed when they are mapped, by which reads are told from blocked ones. */
  readonly signs: boolean
  /** A reset of the transcript has such a limit. */
  readonly hasMemlock: boolean
  readonly hasEntries: boolean
}

/** Interfaces on which the scratch pages are in every address space, since they are more than one. */
const copiesTables: readonly LinuxInterface[] = ['page-table', 'iommufd-replace']

/** Whether a container has the agent's scratch pages from its reset on. */
export const hasScratchAlways = (on: LinuxInterface, { entries }: TestSetup): boolean =>
  entries !== noLimits.entries || copiesTables.includes(on)

/**
 * What the reproducer of a transcript needs of the machine and of the kernel.
 *
 * @param answers what is compared of the replies
 */
export function needsOf(on: LinuxInterface, { header, sequence }: Transcript, answers: readonly Answer[]): Needs {
  const sequences = [...(sequence.earlier ?? []), sequence]
  const calls = sequences.flatMap((one) => one.calls)
  const dma = dmaCode(sequences, answers)
  const hasMemlock = sequences.some(({ setting: { memlock } }) => memlock !== noLimits.memlock)
  const hasEntries = sequences.some(({ setting: { entries } }) => entries !== noLimits.entries)
  const isOurs = dma === 'values' || dma === 'agent'
  const signs = dma === 'agent' || calls.some(({ call }) => call === 'dma-read')
  return {
    on,
    backing: header.backing ?? defaultGuest.backing,
    iommu: header.iommu ?? defaultGuest.iommu,
    hasContainer: on === 'page-table' || hasMemlock || hasEntries || !calls.every(isOfMemory),
    dma,
    hasScratch: isOurs && (signs || sequences.some(({ setting }) => hasScratchAlways(on, setting))),
    fillsBuffers: isOurs && (dma === 'agent' || on === 'iommufd-replace' || calls.some(isWrite)),
    storesReads: dma === 'reads' && signs && on !== 'page-table',
    signs,
    hasMemlock,
    hasEntries,
  }
}

/** What the host and the guest do to pages that no device is given. */
const isOfMemory = ({ call }: Call): boolean =>
  /^(host|guest)-(read|write)$/.test(call) ||
  ['punch-hole', 'punch-private', 'set-attributes', 'convert'].includes(call)

const isWrite = ({ call }: Call): boolean => call === 'dma-write'

/** Counts that a page mapped beside those of the calls would change. */
const counts: readonly Observation[] = ['pins', 'pinned', 'locked', 'entries', 'tables']

function dmaCode(sequences: readonly Sequence[], answers: readonly Answer[]): DmaCode {
  const calls = sequences.flatMap((one) => one.calls)
  if (!calls.some(({ call }) => /^dma-|-dma$/.test(call))) return 'none'
  if (!sequences.every(keepsFrames)) return 'agent'
  if (readsWhatArrived(sequences, answers)) return 'values'
  if (!calls.some(({ call }) => call.endsWith('-read'))) return 'zeroes'
  const isCounted = answers.some((answer) => counts.some((field) => answer[field] !== undefined))
  const isLimited = sequences.some(
    ({ setting }) => setting.entries !== noLimits.entries || setting.memlock !== noLimits.memlock,
  )
  return isCounted || isLimited || calls.some(({ call }) => call === 'unmap-all') ? 'values' : 'reads'
}

/** Whether a page may be read after a device's write arrived. */
function readsWhatArrived(sequences: readonly Sequence[], answers: readonly Answer[]): boolean {
  let at = 0
  return sequences.some(({ calls }) => {
    const replies = answers.slice(at + 1, at + 1 + calls.length)
    at += 1 + calls.length
    const first = calls.findIndex((call, index) => isWrite(call) && replies[index]?.result !== 'blocked')
    return first >= 0 && calls.slice(first).some(({ call }) => call.endsWith('-read'))
  })
}

/** Calls that leave every page its frame. */
const plainCalls: readonly Call['call'][] = [
  ...(['map', 'unmap', 'unmap-all', 'attach', 'replace', 'detach', 'close'] as const),
  ...(['dma-write', 'dma-read', 'host-write', 'host-read', 'observe'] as const),
]

const isPlainCall = (call: Call): boolean => plainCalls.includes(call.call) && !('value' in call && call.value === 255)

/** No page changes its frame, and no write has the byte that the device's buffer cannot hold in full. */
const keepsFrames = ({ setting, calls }: Sequence): boolean => setting.kvm === 0 && calls.every(isPlainCall)

/** Calls of one page each do not show how the frames of several lie. */
export const isSmall = (calls: readonly Call[]): boolean => calls.every((call) => !('count' in call && call.count > 1))
