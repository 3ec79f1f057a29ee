import { afterAll, expect } from 'vitest'
import { forceGc } from '../checker/force-gc.js'
import { addressSpaceTaken, leftBehind, lookAtProcess } from './left-behind.js'

/**
 * Bytes of address space beyond which garbage is collected behind a file. V8 collects large memory late, and Linux lets
 * no process fork that has taken more than the machine has.
 */
const plenty = 4 * 2 ** 30

// the hooks of a file run in reverse order, so this comes behind its own
const before = lookAtProcess()
afterAll(() => {
  const message = 'changed, and left so to the test files that share the process: put it back in afterAll'
  expect(leftBehind(before, lookAtProcess()), message).toEqual([])
  if (addressSpaceTaken() > plenty) forceGc()
})
