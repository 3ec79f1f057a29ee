import { expect, test } from 'vitest'
import { ConversionEnd, Effects, isError } from './effects.js'

test('a step tells of a page that was pinned once more, of page 0 as of any other', () => {
  const event = new Effects()
  event.clear()
  expect(event.tells).toBe(false)
  for (const gfn of [0, 3]) {
    event.pinnedAgain = gfn
    expect(event.tells).toBe(true)
  }
})

test('a conversion ends with an error if the guest is refused or stopped, and not if it is told to try again', () => {
  const ends = Object.entries(ConversionEnd)
  expect(ends.flatMap(([name, end]) => (isError(end) ? [name] : []))).toEqual(['Refused', 'Stopped'])
})
