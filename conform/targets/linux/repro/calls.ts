import type { Answer, Call } from '../../../protocol/messages.js'
import type { LinuxInterface } from '../qemu.js'
import type { DmaCode } from './needs.js'

/** One call of a reproducer in C: how it is made, and what of a recorded reply can be compared. */
export interface CallText {
  /** Statements before the comparison. */
  readonly make: readonly string[]
  /** An expression of the call's errno, which makes the call; a call without one cannot fail. */
  readonly error?: string
  /** Expressions by the reply's fields. */
  readonly seen: { readonly [field in keyof Answer]?: string }
}

const ranges = { none: '', misaligned: 'misaligned', wraps: 'wrapping', outside: 'outside', empty: 'empty' } as const

/** A range of C, as a call has it. */
export function rangeOf({ iovfn, count, flaw }: { iovfn: number; count: number; flaw: string }): string {
  const pages = `range_of(${iovfn}, ${count})`
  const how = Object.entries(ranges).find(([name]) => name === flaw)?.[1] ?? ''
  return how === '' ? pages : `${how}(${pages})`
}

type Map = Extract<Call, { call: 'map' }>

function mapText({ page, count, flaw, permissions, ...call }: Map, { byFile, map }: CallSetting): string {
  const range = rangeOf({ ...call, count, flaw })
  if (!byFile) {
    const memory = flaw === 'unbacked' ? `memory_but_last(${page}, ${count})` : `memory_of(${page})`
    return `${map}(${range}, ${memory}, ${permissions})`
  }
  const inMemfd = flaw === 'guest-memfd' ? 'place_in_guest_memfd' : 'place_of'
  const place = flaw === 'unbacked' ? 'place_behind()' : `${inMemfd}(${page})`
  return `container_map_file(${range}, ${place}, ${permissions})`
}

type Unmap = Extract<Call, { call: `unmap${string}` }>

function unmapText(call: Unmap, { hasScratch, unmap }: CallSetting): Pick<CallText, 'make' | 'error'> {
  if (call.call === 'unmap') {
    return { make: onDomain(call.domain), error: `${unmap}(${rangeOf(call)}, &unmapped)` }
  }
  if (call.call === 'unmap-all') {
    const all = hasScratch ? 'unmap_all_but_scratch(' : 'container_unmap_all('
    return {
      make: [],
      error: `${unmap === 'container_unmap' ? all : `${unmap}((struct range){ 0, UINT64_MAX }, `}&unmapped)`,
    }
  }
  const { device, iovfn, before } = call
  const begin = [`race_arm(&devices[${device}], ${iovfn}, UNDER_UNMAP);`, `race_begin(${before});`]
  const made = `error = container_unmap(${rangeOf({ ...call, flaw: 'none' })}, &unmapped);`
  return { make: [...begin, made, `race_end(&devices[${device}], &when);`], error: 'error' }
}

const pagesUnmapped = (on: LinuxInterface): string => `unmapped / ${on === 'page-table' ? 'page_size' : 'PAGE'}`

const placeOf = ({ device, iovfn }: { device: number; iovfn: number }): string => `&devices[${device}], ${iovfn}`

/** Writes and reads; what is not compared is not asked for. */
function dmaText(dma: string, seen: CallText['seen'], then: Answer, code: DmaCode): CallText {
  const before = then.fault === undefined ? [] : ['faults = fault_count();']
  const make = then.result === undefined ? [`${dma};`] : []
  const result = code === 'agent' ? `${dma} == DONE` : dma
  return { make: [...before, ...make], seen: { result, ...seen, fault: 'fault_count() != faults' } }
}

/** What a close returns, and what is left then. */
function closeText({ kvm, hasScratch, isCounted }: CallSetting): CallText {
  const ours = ['scratch_leave();', 'container_close();', 'scratch_closed();']
  const make = [...(kvm ? ['kvm_close();'] : []), ...(hasScratch ? ours : ['container_close();'])]
  const left = isCounted
    ? { pins: 'pins_left()', locked: 'locked_left()' }
    : { pins: 'pinned_pages() - old_pins', locked: 'container_locked() - old_locked' }
  return { make, seen: { ...left, tables: 'table_frames() - old_tables', stray: 'stray_writes()' } }
}

/** What counters show over what they showed when the reset had ended. */
const countsOf = ({ isCounted }: CallSetting) =>
  isCounted
    ? { entries: 'entries_now()', pins: 'pins_now()', pinned: 'pins_now()', locked: 'locked_now()' }
    : {
        entries: 'entries - container_entries_left()',
        pins: 'pinned_pages() - pins',
        pinned: 'pinned_pages() - pins',
        locked: 'container_locked() - locked',
      }

const onDomain = (domain: number | undefined): readonly string[] =>
  domain === undefined ? [] : [`table_use(${domain});`]

/** What a sequence has over a call alone. */
export interface CallSetting {
  readonly on: LinuxInterface
  readonly byFile: boolean
  readonly kvm: boolean
  readonly dma: DmaCode
  /** Whether its container has the agent's scratch pages at some time. */
  readonly hasScratch: boolean
  readonly fillsBuffers: boolean
  /** Whether pages are signed when they are mapped. */
  readonly signs: boolean
  /** Whether the agent keeps the counts: they leave out the scratch pages, or a limit stands on them. */
  readonly isCounted: boolean
  /** The functions that map, by address, and unmap. */
  readonly map: string
  readonly unmap: string
}

/** @param then what is compared of the recorded reply */
export function callText(call: Call, then: Answer, about: CallSetting): CallText {
  const { on, dma } = about
  const counts = countsOf(about)
  switch (call.call) {
    case 'map': {
      const error = mapText(call, about)
      return { make: onDomain(call.domain), error, seen: { pins: counts.pins } }
    }
    case 'unmap':
    case 'unmap-all':
    case 'unmap-under-dma':
      return { ...unmapText(call, about), seen: { unmapped: pagesUnmapped(on), pins: counts.pins } }
    case 'dma-write': {
      const value = dma === 'values' || dma === 'agent' ? `, ${call.value}` : ''
      return dmaText(`dma_write(${placeOf(call)}${value})`, {}, then, dma)
    }
    case 'dma-read':
      return dmaText(`dma_read(${placeOf(call)}, &data)`, { data: 'data' }, then, dma)
    case 'observe':
      return { make: [], seen: { ...counts, faults: 'faults_now()' } }
    case 'close':
      return closeText(about)
    case 'attach':
    case 'replace':
    case 'detach':
      return placeText(call, about)
    default:
      return memoryText(call)
  }
}

type Place = Extract<Call, { call: 'attach' | 'replace' | 'detach' }>

/** A device whose buffer was filled gets it filled again where it is attached. */
function placeText(call: Place, { fillsBuffers }: CallSetting): CallText {
  if (call.call === 'detach') return { make: [], error: `table_detach(${call.device})`, seen: {} }
  const replaces = call.call === 'replace'
  const alone = `place_device(DMAPROOF_PT_${replaces ? 'REPLACE' : 'ATTACH'}, ${call.device})`
  const error = fillsBuffers ? `table_attach(${call.device}, ${replaces})` : alone
  return { make: onDomain(call.domain), error, seen: {} }
}

/** What the host and the guest do to pages, and to what is behind them. */
function memoryText(call: Call): CallText {
  switch (call.call) {
    case 'host-write':
      return { make: [`memset(backing + offset_of(${call.page}), ${call.value}, 16);`], seen: {} }
    case 'host-read':
      return { make: [], seen: { data: `value_of(backing + offset_of(${call.page}))` } }
    case 'punch-hole':
      return { make: [], error: `backing_punch(${call.page}, ${call.count})`, seen: {} }
    case 'set-attributes':
    case 'convert': {
      const to = `${call.page}, ${call.count}, ${call.to === 'private'}`
      return { make: [], error: `${call.call === 'convert' ? 'kvm_convert' : 'kvm_attributes'}(${to})`, seen: {} }
    }
    case 'guest-write':
      return { make: [], error: `kvm_guest_write(${call.page}, ${call.value})`, seen: {} }
    case 'guest-read':
      return { make: [], error: `kvm_guest_read(${call.page}, &data)`, seen: { data: 'data' } }
    case 'punch-private':
      return { make: [], error: `kvm_punch(${call.page}, ${call.count})`, seen: {} }
    default:
      throw new Error(`${call.call} on an interface of a kernel`)
  }
}
