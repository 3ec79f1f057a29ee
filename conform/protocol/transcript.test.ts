import { expect, test } from 'vitest'
import { must, problemText } from '../../base/result.js'
import { CaseQueue } from '../cases/case-queue.js'
import { check, type Divergence, OracleCache } from '../oracle/check.js'
import { modelHello } from '../testing/model-target.js'
import { type InterfaceName, interfaceNames, noLimits } from './messages.js'
import { isTranscript, readTranscript, writeTranscript } from './transcript.js'
import { validateCall } from './validate-call.js'

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
const text = writeTranscript(divergence, about)
const messageOf = (changed: string): string => {
  const read = readTranscript(changed, 'f')
  return read.ok ? '' : problemText(read.problem, 'f')
}

test('a transcript that is written and read is the same, and diverges as before', () => {
  expect(isTranscript(text)).toBe(true)
  const { sequence, answers } = must(readTranscript(text, 'f'))
  expect([sequence.setting, sequence.calls]).toEqual([divergence.sequence.setting, divergence.sequence.calls])
  expect(answers.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ENOMEM'])
  const oracle = must(new OracleCache(['linux-7.2']).open(sequence.setting))
  const again = check(oracle, sequence, { answers, promised: [] })
  expect(again?.seen).toEqual({ outcome: 'ENOMEM' })
})

test('its lines are those that went over the wire: ids count up, a reply follows its request', () => {
  const lines = text.trimEnd().split('\n').slice(1)
  expect(lines.map((line) => JSON.parse(line).id)).toEqual([1, 1, 2, 2, 3, 3])
})

test('a request that got no reply ends the file', () => {
  const seen = { kind: 'silent', message: 'no reply', stderr: '' } as const
  const { sequence, answers } = must(readTranscript(writeTranscript({ ...divergence, seen }, about), 'f'))
  expect([sequence.calls.length, answers.length]).toEqual([2, 2])
})

test('a reset that failed is all that there is', () => {
  const failed = { ...divergence, sequence: { ...divergence.sequence, calls: [] }, answers: [] }
  const { sequence, answers } = must(readTranscript(writeTranscript(failed, about), 'f'))
  expect([sequence.calls, answers]).toEqual([[], [{ outcome: 'ENOMEM' }]])
})

test('a transcript that needs earlier sequences has them, with their replies', () => {
  const { setting, calls } = divergence.sequence
  const earlier = [{ from: 'boundary', setting: { ...setting, memlock: 1 }, calls: calls.slice(1) }]
  const earlierAnswers = [{ outcome: 'ok' }, { outcome: 'EBUSY' }]
  const whole = writeTranscript({ ...divergence, sequence: { ...divergence.sequence, earlier }, earlierAnswers }, about)
  const { sequence, answers } = must(readTranscript(whole, 'f'))
  expect(sequence).toEqual({ from: 'f', setting, calls, earlier: [{ ...earlier[0], from: 'f' }] })
  expect(answers.map(({ outcome }) => outcome)).toEqual(['ok', 'EBUSY', 'ok', 'ok', 'ENOMEM'])
  const again = check(must(new OracleCache(['linux-7.2']).open(setting)), sequence, { answers, promised: [] })
  expect(again).toMatchObject({ seen: { outcome: 'ENOMEM' }, earlierAnswers })
})

const lines = text.trimEnd().split('\n')
/** The file with other lines behind the header, which counts them. */
const withLines = (body: readonly string[]): string =>
  [lines[0]?.replace('"lines":6', `"lines":${body.length}`), ...body].join('\n')

test('a file with the old word in its header is refused with what to do', () => {
  const old = text.replace('"transcript"', '"conversation"')
  expect(isTranscript(old)).toBe(true)
  expect(messageOf(old)).toMatch(/^f:1: .*found "conversation", expected "transcript": .*record it again, or edit it/)
})

test('what is wrong with a file is said with its line', () => {
  expect(messageOf(lines.slice(0, 4).join('\n'))).toContain('f:4: found 3 lines, expected 6: it was cut off')
  expect(messageOf(text.replace('"count":1', '"count":"1"'))).toBe('f:4: count: found "1", expected number')
  expect(messageOf(text.replace('"model":2', '"model":0'))).toContain('f:1: it is from model 0')
  expect(messageOf(text.replace('{"id":2,"outcome":"ok"}', '{"id":2,'))).toContain('f:5: found a line that is not JSON')
  expect(messageOf(text.replace('linux-7.2', 'linux-1'))).toMatch(/^f:1: platforms: .*linux-1/)
  expect(messageOf('{}')).toBe('f:1: not the header of a transcript: dmaproof: found nothing, expected "transcript"')
})

test('requests and replies take turns, numbered: no reply is judged as that to another request', () => {
  const [, reset = '', ok = '', map = '', mapped = '', again = '', failed = ''] = lines
  const messages = [
    [reset, ok, map, again, failed],
    [reset, ok, map, mapped, mapped, again],
    [reset, ok, again, failed, map, mapped],
    [reset, ok, map.replace('"id":2', '"id":77'), mapped],
    [reset, ok, map, mapped.replace('"id":2', '"id":3')],
    [ok, reset],
    [map, mapped],
    [reset, ok, '{"id":2,"call":"bye"}'],
    [reset, ok, '{"id":2,"call":"close"}', mapped, again],
    [reset, ok, '{"id":2,"call":"dma-arm","device":0,"iovfn":1,"value":1}'],
    [reset, ok, '{"id":2,"call":"drill"}'],
  ].map((body) => messageOf(withLines(body)))
  expect(messages).toEqual([
    'f:5: found a request, expected the reply to request 2',
    'f:6: found a reply, expected request 3',
    'f:4: id: found 3, expected 2',
    'f:4: id: found 77, expected 2',
    'f:5: id: found 3, expected 2',
    'f:2: found a reply, expected request 1',
    'f:2: id: found 2, expected 1',
    'f:4: call: found bye, expected a call that the model answers',
    'f:6: call: found map, expected none behind a close',
    'f:4: call: found dma-arm, expected a call that the model answers',
    'f:4: call: found "drill", expected a request of docs/protocol.md',
  ])
  expect(messageOf(text.replace('"interface":"type1v2"', '"interface":"iommufd"'))).toBe(
    'f:2: interface: found type1v2, expected iommufd, as the header says',
  )
})

test.each([
  ['iovfn', { call: 'map', iovfn: 99_999, page: 99_999, count: 1, permissions: 3, flaw: 'none' }, 'expected at most 7'],
  ['device', { call: 'dma-read', device: 7, iovfn: 1 }, 'found 7, expected at most 0 (devices of the reset)'],
  ['page', { call: 'host-read', page: 8 }, 'found 8, expected at most 7 (pages of the reset)'],
  ['count', { call: 'unmap', iovfn: 5, count: 4, flaw: 'none' }, 'found 4, expected from 1 to 3'],
  ['count', { call: 'unmap', iovfn: 5, count: 0, flaw: 'none' }, 'found 0, expected from 1 to 3'],
  [
    'page',
    { call: 'map', iovfn: 1, page: 2, count: 1, permissions: 3, flaw: 'none' },
    'found 2, expected 1, its iovfn',
  ],
  ['flaw', { call: 'unmap', iovfn: 1, count: 1, flaw: 'outside' }, 'expected one that unmap can have on type1v2'],
  ['flaw', { call: 'map', iovfn: 1, page: 1, count: 1, permissions: 3, flaw: 'guest-memfd' }, 'found guest-memfd'],
  ['call', { call: 'tdh.mem.track' }, 'found tdh.mem.track, expected one that type1v2 has'],
  ['call', { call: 'guest-read', page: 1 }, 'found guest-read, expected one that type1v2 has'],
])('a %s that the reset does not have is refused with its line', (field, call, message) => {
  const [, reset = '', ok = ''] = lines
  const found = messageOf(withLines([reset, ok, JSON.stringify({ id: 2, ...call })]))
  expect(found).toMatch(new RegExp(`^f:4: ${field}: `))
  expect(found).toContain(message)
})

test.each<InterfaceName>([...interfaceNames])('every call that conform asks on %s can stand in a transcript', (on) => {
  for (const kvm of on === 'sept' || on === 'page-table' ? [false] : [false, true]) {
    const source = new CaseQueue({ hello: modelHello, interface: on, kvm }, new OracleCache(['linux-7.2']), {
      saved: [],
      seed: 1,
      runs: 50,
      length: 30,
    })
    const turns = source.turns()
    const asked = Array.from({ length: turns.total }, () => turns.take() ?? []).flat()
    const wrong = asked.flatMap(({ setting, calls }) => calls.map((call) => validateCall(setting, call) ?? ''))
    expect([asked.length > 50, wrong.filter((one) => one !== '')]).toEqual([true, []])
  }
})
