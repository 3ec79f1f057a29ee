import type { View } from '../../../base/arena.js'
import type { Machine } from '../../../model/machine/machine.js'
import type { State } from '../../../model/machine/state.js'
import type { Mask } from './others.js'

/** Thrown by each access to what is guarded: no error, so that it costs no stack trace. */
const trap = Symbol('what others write was touched')

export const isTrap = (error: unknown): boolean => error === trap

/**
 * The same state in the same memory, but that a view of which some byte is in the mask is out of bounds: to read or
 * write an element of it, or to call a method, throws what `isTrap` knows.
 */
export function guarded(m: Machine, s: State, mask: Mask): State {
  const views = Object.entries(s).flatMap(([name, view]) =>
    name !== 'bytes' && isView(view) && isMeant(view, mask) ? [[name, trapped(view)]] : [],
  )
  return Object.assign(m.blankState(), s, Object.fromEntries(views))
}

const isView = (value: unknown): value is View => ArrayBuffer.isView(value)

const isMeant = ({ byteOffset, byteLength }: View, mask: Mask): boolean =>
  mask.subarray(byteOffset, byteOffset + byteLength).some((byte) => byte !== 0)

function trapped(view: View): View {
  return new Proxy(view, {
    get(target, key) {
      if (key === 'length') return target.length
      throw trap
    },
    set() {
      throw trap
    },
    has() {
      throw trap
    },
  })
}
