import type { Answer, Call } from '../../../protocol/messages.js'
import type { LinuxInterface } from '../qemu.js'

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

function rangeOf({ iovfn, count, flaw }: { iovfn: number; count: number; flaw: string }): string {
  const pages = `range_of(${iovfn}, ${count})`
  const how = Object.entries(ranges).find(([name]) => name === flaw)?.[1] ?? ''
  return how === '' ? pages : `${how}(${pages})`
}

type Map = Extract<Call, { call: 'map' }>

function mapText({ page, count, flaw, permissions, ...call }: Map, byFile: boolean): string {
  const range = rangeOf({ ...call, count, flaw })
  if (!byFile) {
    const memory = flaw === 'unbacked' ? `nothing_behind(${count} * PAGE)` : `memory_of(${page})`
    return `container_map(${range}, ${memory}, ${permissions})`
  }
  const inMemfd = flaw === 'guest-memfd' ? 'place_in_guest_memfd' : 'place_of'
  const place = flaw === 'unbacked' ? 'place_behind()' : `${inMemfd}(${page})`
  return `container_map_file(${range}, ${place}, ${permissions})`
}

type Unmap = Extract<Call, { call: `unmap${string}` }>

function unmapText(call: Unmap, hasScratch: boolean): Pick<CallText, 'make' | 'error'> {
  if (call.call === 'unmap') {
    return { make: onDomain(call.domain), error: `container_unmap(${rangeOf(call)}, &unmapped)` }
  }
  if (call.call === 'unmap-all') {
    return { make: [], error: `${hasScratch ? 'unmap_all_but_scratch' : 'container_unmap_all'}(&unmapped)` }
  }
  const { device, iovfn, before } = call
  const begin = [`race_arm(&devices[${device}], ${iovfn}, UNDER_UNMAP);`, `race_begin(${before});`]
  const unmap = `error = container_unmap(${rangeOf({ ...call, flaw: 'none' })}, &unmapped);`
  return { make: [...begin, unmap, `race_end(&devices[${device}], &when);`], error: 'error' }
}

const pagesUnmapped = (on: LinuxInterface): string => `unmapped / ${on === 'page-table' ? 'page_size' : 'PAGE'}`

const placeOf = ({ device, iovfn }: { device: number; iovfn: number }): string => `&devices[${device}], ${iovfn}`

/** Writes and reads; what is not compared is not asked for. */
function dmaText(dma: string, seen: CallText['seen'], then: Answer, isPlain: boolean): CallText {
  const make = then.result === undefined ? `${dma};` : `result = ${dma};`
  const before = then.fault === undefined ? [] : ['faults = fault_count();']
  const result = isPlain ? 'result' : 'result_name(result)'
  return { make: [...before, make], seen: { ...seen, result, fault: 'fault_count() != faults' } }
}

const closed: CallText = {
  make: ['scratch_leave();', 'container_close();', 'scratch_closed();'],
  seen: { pins: 'pins_left()', locked: 'locked_left()', tables: 'tables_left()', stray: 'stray_writes()' },
}

const onDomain = (domain: number | undefined): readonly string[] =>
  domain === undefined ? [] : [`table_use(${domain});`]

/** What a sequence has over a call alone. */
export interface CallSetting {
  readonly on: LinuxInterface
  readonly byFile: boolean
  readonly kvm: boolean
  /** Whether its container has the scratch pages at some time. */
  readonly hasScratch: boolean
  /** Whether pages are signed when they are mapped. */
  readonly signs: boolean
  readonly isPlain: boolean
  readonly writesZeroes: boolean
  readonly fillsBuffers: boolean
}

/** @param then the recorded reply */
export function callText(call: Call, then: Answer, about: CallSetting): CallText {
  const { on, byFile, kvm, hasScratch, isPlain, writesZeroes } = about
  switch (call.call) {
    case 'map': {
      const error = mapText(call, byFile)
      return { make: onDomain(call.domain), error, seen: { pins: 'pins_now()' } }
    }
    case 'unmap':
    case 'unmap-all':
    case 'unmap-under-dma':
      return { ...unmapText(call, hasScratch), seen: { unmapped: pagesUnmapped(on), pins: 'pins_now()' } }
    case 'dma-write':
      return dmaText(`dma_write(${placeOf(call)}${writesZeroes ? '' : `, ${call.value}`})`, {}, then, isPlain)
    case 'dma-read':
      return dmaText(`dma_read(${placeOf(call)}, &data)`, { data: 'data' }, then, isPlain)
    case 'observe': {
      const counts = { entries: 'entries_now()', pinned: 'pins_now()', locked: 'locked_now()', faults: 'faults_now()' }
      return { make: [], seen: counts }
    }
    case 'close': {
      const make = hasScratch ? closed.make : ['container_close();']
      return { ...closed, make: kvm ? ['kvm_close();', ...make] : make }
    }
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
