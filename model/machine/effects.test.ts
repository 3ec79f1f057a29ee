import { expect, test } from 'vitest'
import { Effects } from './effects.js'

test('a step tells of a page that was pinned once more, of page 0 as of any other', () => {
  const event = new Effects()
  event.clear()
  expect(event.tells).toBe(false)
  for (const gfn of [0, 3]) {
    event.pinnedAgain = gfn
    expect(event.tells).toBe(true)
  }
})
