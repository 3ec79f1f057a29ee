import { afterAll, expect } from 'vitest'
import { addressSpaceTaken, leftBehind, lookAtProcess } from './left-behind.js'

/** Half of what a small machine has. V8 gives shared memory back late: a search in a test takes `makeOwnMemory`. */
const addressSpace = 8 * 2 ** 30

// the hooks of a file run in reverse order, so this comes behind its own
const before = lookAtProcess()
afterAll(() => {
  const message = 'changed, and left so to the test files that share the process: put it back in afterAll'
  expect(leftBehind(before, lookAtProcess()), message).toEqual([])
  expect(addressSpaceTaken(), 'address space that the process has taken').toBeLessThan(addressSpace)
})
