import { expect, test } from 'vitest'
import type { Answer } from '../protocol/messages.js'
import { answerFields, difference, isSame } from './oracle.js'

const bare: Answer = { outcome: 'ok' }
const also = answerFields.filter((field) => field !== 'outcome')

test.each(also)('replies that differ in %s are not the same, and that is the field which is reported', (field) => {
  const [one, other] = [
    { ...bare, [field]: 1 },
    { ...bare, [field]: 2 },
  ] as [Answer, Answer]
  expect([isSame(one, other), isSame(one, { ...one })]).toEqual([false, true])
  expect([difference(one, other), difference(one, one)]).toEqual([field, undefined])
})

test.each(also)('what is not seen of %s differs from nothing, and is not the same as what has it', (field) => {
  const whole = { ...bare, [field]: 1 } as Answer
  expect([isSame(whole, bare), isSame(bare, whole)]).toEqual([false, false])
  expect([difference(whole, bare), difference(bare, whole)]).toEqual([undefined, field])
})

test('another outcome is reported before any other field', () => {
  expect(difference({ outcome: 'ok', pins: 1 }, { outcome: 'EINVAL', pins: 2 } as Answer)).toBe('outcome')
})
