import { expect, test } from 'vitest'
import { must } from '../model/checked.js'
import { check, type Divergence, Judges } from './check.js'
import { isConversation, readConversation, writeConversation } from './conversation.js'
import { noLimits } from './protocol.js'

const divergence: Divergence = {
  sequence: {
    from: 'random 1',
    setting: { interface: 'type1v2', kvm: 0, pages: 8, superpage: 4, devices: 1, ...noLimits },
    calls: [
      { call: 'map', iovfn: 0, page: 0, count: 1, permissions: 3, flaw: 'none' },
      { call: 'map', iovfn: 0, page: 0, count: 1, permissions: 3, flaw: 'none' },
    ],
  },
  answers: [{ outcome: 'ok' }],
  seen: { outcome: 'ENOMEM' },
  allowed: [],
}
const about = { target: 't', platforms: ['linux-7.2'], observes: [], seed: 1, why: 'ENOMEM' }
const text = writeConversation(divergence, about)
const messageOf = (changed: string): string => {
  const read = readConversation(changed, 'f')
  return read.ok ? '' : read.message
}

test('a conversation that is written and read is the same, and diverges as before', () => {
  expect(isConversation(text)).toBe(true)
  const { sequence, answers } = must(readConversation(text, 'f'))
  expect([sequence.setting, sequence.calls]).toEqual([divergence.sequence.setting, divergence.sequence.calls])
  expect(answers.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ENOMEM'])
  const judge = must(new Judges(['linux-7.2']).open(sequence.setting))
  const again = check(judge, sequence, { answers, promised: [] })
  expect(again?.seen).toEqual({ outcome: 'ENOMEM' })
})

test('its lines are those that went over the wire: ids count up, a reply follows its request', () => {
  const lines = text.trimEnd().split('\n').slice(1)
  expect(lines.map((line) => JSON.parse(line).id)).toEqual([1, 1, 2, 2, 3, 3])
})

test('a request that got no reply ends the file', () => {
  const seen = { kind: 'silent', message: 'no reply', stderr: '' } as const
  const { sequence, answers } = must(readConversation(writeConversation({ ...divergence, seen }, about), 'f'))
  expect([sequence.calls.length, answers.length]).toEqual([2, 2])
})

test('a reset that failed is all that there is', () => {
  const failed = { ...divergence, sequence: { ...divergence.sequence, calls: [] }, answers: [] }
  const { sequence, answers } = must(readConversation(writeConversation(failed, about), 'f'))
  expect([sequence.calls, answers]).toEqual([[], [{ outcome: 'ENOMEM' }]])
})

test('what is wrong with a file is said with its line', () => {
  const lines = text.trimEnd().split('\n')
  expect(messageOf(lines.slice(0, 4).join('\n'))).toContain('f:4: found 3 lines, expected 6: it was cut off')
  expect(messageOf(text.replace('"count":1', '"count":"1"'))).toContain('f:4: count:')
  expect(messageOf(text.replace('"model":1', '"model":0'))).toContain('it is from model 0')
  expect(messageOf(text.replace('{"id":2,"outcome":"ok"}', '{"id":2,'))).toContain('f:5: found a line that is not JSON')
  expect(messageOf('{}')).toContain('f:1: not the header of a conversation')
})
