import { expect, test } from 'vitest'
import { isOutOfMemory } from './out-of-memory.js'

/** What is thrown. */
function thrownBy(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    return error
  }
}

test.each<[string, () => unknown]>([
  ['shared memory', () => new SharedArrayBuffer(2 ** 52)],
  ['memory of one thread', () => new ArrayBuffer(2 ** 52)],
  ['a typed array', () => new Uint8Array(2 ** 52)],
  ['an array', () => new Array(2 ** 33)],
])('%s that the machine does not give is no bug', (_, action) => {
  expect(isOutOfMemory(thrownBy(action))).toBe(true)
})

test('a heap that a thread has used up is no bug', () => {
  expect(isOutOfMemory(Object.assign(new Error('reached its limit'), { code: 'ERR_WORKER_OUT_OF_MEMORY' }))).toBe(true)
})

test('a stack that is too deep is a bug, and so is any other error', () => {
  const deep = (): number => deep() + 1
  expect(isOutOfMemory(thrownBy(deep))).toBe(false)
  expect(isOutOfMemory(new RangeError('toFixed() digits argument must be between 0 and 100'))).toBe(false)
  expect(isOutOfMemory(new Error('allocation failed'))).toBe(false)
})
