import { afterAll, expect } from 'vitest'
import { leftBehind, lookAtProcess } from './left-behind.js'

// the hooks of a file run in reverse order, so this comes behind its own
const before = lookAtProcess()
afterAll(() => {
  const message = 'changed, and left so to the test files that share the process: put it back in afterAll'
  expect(leftBehind(before, lookAtProcess()), message).toEqual([])
})
