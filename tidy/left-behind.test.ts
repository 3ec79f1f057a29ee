import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { addressSpaceTaken, leftBehind, lookAtProcess } from './left-behind.js'

test.each<[string, plant: () => () => void]>([
  [
    'environment: DMAPROOF_LEFT',
    () => {
      process.env.DMAPROOF_LEFT = '1'
      return () => delete process.env.DMAPROOF_LEFT
    },
  ],
  [
    'working folder: cwd',
    () => {
      const cwd = process.cwd()
      process.chdir('tidy')
      return () => process.chdir(cwd)
    },
  ],
  [
    'exit code: exitCode',
    () => {
      process.exitCode = 1
      return () => {
        process.exitCode = undefined
      }
    },
  ],
  [
    'listeners of signals: SIGTERM',
    () => {
      const listener = () => undefined
      process.on('SIGTERM', listener)
      return () => process.off('SIGTERM', listener)
    },
  ],
  [
    'clocks and timers: now',
    () => {
      const { now } = Date
      Date.now = () => 0
      return () => {
        Date.now = now
      }
    },
  ],
])('a test file that leaves its process changed is told of it: %s', (found, plant) => {
  const before = lookAtProcess()
  const undo = plant()
  const after = lookAtProcess()
  undo()
  expect(leftBehind(before, after)).toEqual([found])
  expect(leftBehind(before, lookAtProcess())).toEqual([])
})

test.runIf(existsSync('/proc/self/status'))(
  'shared memory is address space taken, though nothing is written to it',
  () => {
    const before = addressSpaceTaken()
    const memory = new SharedArrayBuffer(2 ** 30)
    expect(addressSpaceTaken() - before).toBeGreaterThanOrEqual(memory.byteLength)
  },
)
