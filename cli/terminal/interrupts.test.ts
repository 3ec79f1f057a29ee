import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { onInterrupt } from './interrupts.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
})
afterEach(() => {
  vi.runAllTimers()
  vi.useRealTimers()
})

const listeners = () => process.listenerCount('SIGHUP')
const signal = () => process.emit('SIGHUP', 'SIGHUP')

test('the same signal again does not end a command that reports, though its search no longer listens', () => {
  const before = listeners()
  const calledBack = vi.fn()
  const stop = onInterrupt(calledBack)
  signal()
  stop()
  vi.advanceTimersByTime(900)
  signal()
  expect([calledBack.mock.calls.length, listeners()]).toEqual([1, before + 1])
})

test('a second signal has its usual effect: a second later, nothing listens any more', () => {
  const before = listeners()
  const stop = onInterrupt(() => undefined)
  signal()
  stop()
  vi.advanceTimersByTime(1001)
  expect(listeners()).toBe(before)
})

test('where no signal came, nothing listens once the search has ended', () => {
  const before = listeners()
  onInterrupt(() => undefined)()
  expect(listeners()).toBe(before)
})
