import type { View } from '../../../base/arena.js'
import type { Machine } from '../../../model/machine/machine.js'
import type { State } from '../../../model/machine/state.js'
import type { Mask } from './others.js'

/** Thrown by each access to what is guarded: no error, so that it costs no stack trace. */
const trap = Symbol('what others write was touched')

export const isTrap = (error: unknown): boolean => error === trap

/**
 * The same state in the same memory, but that what is in the mask is out of bounds: to read or write an element of
 * which some byte is meant, or to call a method of its view, throws what `isTrap` knows.
 */
export function guarded(m: Machine, s: State, mask: Mask): State {
  const views = Object.entries(s).flatMap(([name, view]) =>
    name !== 'bytes' && isView(view) && isMeant(view, mask) ? [[name, trapped(view, mask)]] : [],
  )
  return Object.assign(m.blankState(), s, Object.fromEntries(views))
}

const isView = (value: unknown): value is View => ArrayBuffer.isView(value)

const isMeant = ({ byteOffset, byteLength }: View, mask: Mask): boolean =>
  mask.subarray(byteOffset, byteOffset + byteLength).some((byte) => byte !== 0)

/** Elements that are not meant, such as those of another vCPU, are as they were. */
function trapped(view: View, mask: Mask): View {
  const { byteOffset, length, BYTES_PER_ELEMENT: size } = view
  const isFree = Array.from({ length }, (_, index) => {
    const at = byteOffset + index * size
    return mask.subarray(at, at + size).every((byte) => byte === 0)
  })
  const elementOf = (key: string | symbol): number => {
    const index = typeof key === 'string' ? Number(key) : -1
    if (isFree[index] !== true) throw trap
    return index
  }
  return new Proxy(view, {
    get: (target, key) => (key === 'length' ? length : target[elementOf(key)]),
    set(target, key, value) {
      target[elementOf(key)] = value as number
      return true
    },
    has() {
      throw trap
    },
  })
}
