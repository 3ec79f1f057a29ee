import { lockSays } from '../machine/state.js'

/** What a parameter of an action stands for. Values that have names are written by them; the rest are numbers. */
export interface Parameter<Name extends string = string> {
  readonly name: Name
  readonly type:
    | 'vcpu'
    | 'device'
    | 'unit'
    | 'domain'
    | 'page'
    | 'count'
    | 'slot'
    | 'frame'
    | 'flag'
    | 'rights'
    | 'word'
  /** The names of the values, by value. */
  readonly words: readonly string[] | undefined
  /** What each of them stands for, in a sentence. */
  readonly says: Readonly<Record<string, string>> | undefined
}

/** A row's parameters by name, in the order of the code, for those who read the relation. */
export type Parameters = Readonly<Record<string, Parameter>>

const number = <const Name extends string>(name: Name, type: Parameter['type']): Parameter<Name> => ({
  name,
  type,
  words: undefined,
  says: undefined,
})
/** @param says the values by name, in order, each with a sentence */
const word = <const Name extends string>(name: Name, says: Readonly<Record<string, string>>): Parameter<Name> => ({
  name,
  type: 'word',
  words: Object.keys(says),
  says,
})

export const vcpu = number('vcpu', 'vcpu')
export const device = number('device', 'device')
export const unit = number('unit', 'unit')
export const domain = number('domain', 'domain')
/** A page of the guest. */
export const gfn = number('gfn', 'page')
/** A page of the device's address space. */
export const iovfn = number('iovfn', 'page')
/** A number of pages. */
export const count = number('count', 'count')
/** A slot of a cache, or a line of the tables. */
export const slot = number('slot', 'slot')
export const frame = number('frame', 'frame')
/** 0 or 1, like the next two. */
export const ih = number('ih', 'flag')
export const allowed = number('allowed', 'flag')
export const on = number('on', 'flag')
/** 1 reads, 2 writes, 3 does both, 4 stands for none. */
export const permissions = number('permissions', 'rights')

const sides = {
  shared: 'The host and devices may use the page.',
  private: 'Only the guest may use the page.',
}
export const to = word('to', sides)
/** The side that the VMM notes; its name is `as`. */
export const noted = word('as', sides)
export const access = word('access', { read: 'Data comes from the page.', write: 'Data goes to the page.' })
export const half = word('half', {
  mapped: 'The half of the addresses of a device that is mapped.',
  other: 'The half that differs by the SHARED bit, which nothing maps.',
})
export const lock = word('lock', lockSays)
export const size = word('size', {
  '4k': 'A leaf of one page.',
  superpage: 'A leaf of as many pages as the scope has in a superpage.',
})
/** Which TLBs keep a walk's result: bit 0 the IOTLB, bit 1 the device's own. Its name is `keep`. */
export const keptByWalk = word('keep', {
  none: 'No TLB keeps the translation.',
  iotlb: 'The IOTLB keeps the translation.',
  'device-tlb': 'The TLB of the device keeps the translation, which ATS gave it.',
  both: 'The IOTLB and the TLB of the device keep the translation.',
})
/** Whether the device keeps what it was given from the IOTLB. Its name is `keep`. */
export const keptByDevice = word('keep', {
  none: 'No TLB keeps the translation.',
  'device-tlb': 'The TLB of the device keeps the translation, which ATS gave it.',
})
/** Values of `Failure`. */
export const what = word('what', {
  nothing: 'Nothing fails.',
  allocation: 'An allocation of memory by the host.',
  pin: 'The pin of a page.',
  seamcall: 'A call of the TDX module, which finds an operand busy.',
  unmap: 'An unmap of iommufd, which finds an area busy.',
  discard: 'A discard of a page of a file.',
  rmpupdate: 'An RMPUPDATE that makes a page shared.',
})
/** Values of `Flaw`. */
export const flaw = word('flaw', {
  none: 'Nothing is wrong with the call.',
  misaligned: 'The range begins or ends inside a page.',
  wraps: 'The range wraps around the end of the address space.',
  unbacked:
    'Nothing is mapped at the last page of the host virtual addresses; or the range lies behind the end of the file.',
  outside: 'The range lies outside of the IOVA that the container allows.',
  empty: 'The range has no page.',
  'guest-memfd': 'The file that is to be mapped is guest_memfd.',
})

/** What parameters stand for, in a sentence, by their names. */
export const parameterSays = {
  vcpu: 'The vCPU, or with scope calls=true the host thread, that takes the step; counted from 0.',
  device: 'The device; counted from 0.',
  unit: 'The IOMMU unit; counted from 0.',
  domain: 'The domain, which is a set of tables: 0, or 1 where a driver builds a second one.',
  gfn: 'The number of a page of the guest.',
  iovfn: "The number of a page of a device's address space; the model maps each page at its own number.",
  count: 'A number of pages.',
  slot: 'A slot of a cache, or a line of the tables; counted from 0.',
  frame: 'A frame of the host; counted from 0.',
  to: 'The side that the pages are to have.',
  as: 'The side that the VMM notes.',
  access: 'Whether the access reads or writes.',
  half: 'Which half of its addresses a device uses.',
  permissions: 'What a map allows: 1 reads, 2 writes, 3 both, 4 nothing.',
  flaw: 'What is wrong with a call that a host thread makes.',
  what: 'What fails next.',
  keep: 'Which TLBs keep the translation; each is a choice of the hardware.',
  size: 'The size of the leaf, or of the cached entry.',
  ih: 'The invalidation hint of a page-selective invalidation: 1 keeps cached paging structures, 0 drops them.',
  lock: 'Which lock.',
  on: "1 if the root's entry of the shared half is written, 0 if it is cleared.",
  allowed: "1 if the VMM's policy allows the conversion, 0 if it refuses.",
} as const satisfies Readonly<Record<string, string>>

export type ParameterName = keyof typeof parameterSays
