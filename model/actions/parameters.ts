import { lockNames } from '../machine/state.js'

/** What a parameter of an action stands for. Values that have names are written by them; the rest are numbers. */
export interface Parameter {
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
}

/** A row's parameters by name, in the order of the code. */
export type Parameters = Readonly<Record<string, Parameter>>

const number = (type: Parameter['type']): Parameter => ({ type, words: undefined })
const word = (...words: readonly string[]): Parameter => ({ type: 'word', words })

export const vcpu = number('vcpu')
export const device = number('device')
export const unit = number('unit')
export const domain = number('domain')
/** A page of the guest (gfn), or of the device's address space (iovfn). */
export const page = number('page')
/** A number of pages. */
export const count = number('count')
/** A slot of a cache, or a line of the tables. */
export const slot = number('slot')
export const frame = number('frame')
/** 0 or 1. */
export const flag = number('flag')
/** 1 reads, 2 writes, 3 does both, 4 stands for none. */
export const rights = number('rights')

export const side = word('shared', 'private')
export const access = word('read', 'write')
export const half = word('mapped', 'other')
export const lockName = word(...lockNames)
export const leafSize = word('4k', 'superpage')
/** Which TLBs keep a walk's result: bit 0 the IOTLB, bit 1 the device's own. */
export const keptByWalk = word('none', 'iotlb', 'device-tlb', 'both')
/** Whether the device keeps what it was given from the IOTLB. */
export const keptByDevice = word('none', 'device-tlb')
/** Values of `Failure`. */
export const failure = word('nothing', 'allocation', 'pin', 'seamcall', 'unmap', 'discard')
/** Values of `Flaw`. */
export const flaw = word('none', 'misaligned', 'wraps', 'unbacked', 'outside', 'empty', 'guest-memfd')
