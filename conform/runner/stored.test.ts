import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import type { Answer, Call } from '../protocol/messages.js'
import { writeTranscript } from '../protocol/transcript.js'
import { type Implementation, objectTarget } from '../targets/in-process.js'
import { modelImplementation } from '../testing/model-target.js'
import type { Met } from './report.js'
import { openConformance } from './run.js'
import { readDivergence, readMet, type StoredMet, storedMet, storedMetSchema } from './stored.js'

/** What random sequences meet. */
async function metBy(make: () => Implementation): Promise<readonly Met[]> {
  const opened = must(await openConformance(objectTarget(make), { interface: 'type1v2', runs: 12, seed: 7 }))
  const { fixed, total } = opened.list
  return (await opened.ask({ from: fixed, end: total })).met
}

const about = { target: 't', platforms: ['linux-7.2'], observes: ['data' as const], seed: 7, why: 'wrong' }

const stored = (one: Met): StoredMet => storedMet(one, writeTranscript(one.found.divergence, about))

const planted = (plant: (call: Call, answer: Answer) => Answer) => metBy(() => modelImplementation('linux-7.2', plant))

/** The model as an implementation, of which one thing is as told. */
function like(answer: (model: Implementation) => Implementation['answer']): () => Implementation {
  return () => {
    const model = modelImplementation('linux-7.2')
    return { hello: model.hello, answer: answer(model) }
  }
}

/** What resets leave behind: from the third one on, no map succeeds. */
function withMemory(model: Implementation): Implementation['answer'] {
  let resets = 0
  return (request) => {
    if (request.call === 'reset') resets += 1
    const right = model.answer(request)
    return request.call === 'map' && resets > 2 ? { outcome: 'EIO' } : right
  }
}

describe('a divergence is read as it was stored, through JSON:', () => {
  test.each([
    ['a wrong reply', () => planted((_, one) => (one.outcome === 'EEXIST' ? { outcome: 'EBUSY' } : one))],
    ['a wrong field', () => planted((_, { unmapped: __, ...one }) => one)],
    [
      'a reset that fails',
      () => metBy(like((model) => (asked) => (asked.call === 'reset' ? { outcome: 'EBUSY' } : model.answer(asked)))),
    ],
    [
      'a death',
      () =>
        metBy(
          like((model) => (asked) => {
            if (asked.call === 'unmap') throw new Error('it fell')
            return model.answer(asked)
          }),
        ),
    ],
    ['one that needs earlier sequences', () => metBy(like(withMemory))],
  ])('%s', async (_, met) => {
    const all = await met()
    expect(all.length).toBeGreaterThan(0)
    for (const one of all) {
      const read = storedMetSchema.parse(JSON.parse(JSON.stringify(stored(one))))
      expect(must(readMet(read))).toEqual(one)
    }
  })

  test('among these are a failure, a run without calls, and one with earlier sequences', async () => {
    const all = [
      ...(await metBy(like(withMemory))),
      ...(await metBy(
        like((model) => (asked) => (asked.call === 'reset' ? { outcome: 'EBUSY' } : model.answer(asked))),
      )),
    ].map(({ found: { divergence } }) => divergence.sequence)
    expect([all.some(({ earlier = [] }) => earlier.length > 0), all.some(({ calls }) => calls.length === 0)]).toEqual([
      true,
      true,
    ])
  })
})

test('a stored divergence with a cut transcript, an unknown rule or no reply is refused', async () => {
  const [one] = await planted((_, answer) => (answer.outcome === 'EEXIST' ? { outcome: 'EBUSY' } : answer))
  if (one === undefined) throw new Error('the planted fault is met')
  const { divergence } = stored(one)
  const says = (change: Partial<typeof divergence>): string => {
    const read = readDivergence({ ...divergence, ...change })
    return read.ok ? '' : read.problem.message
  }
  expect(says({})).toBe('')
  expect(says({ transcript: divergence.transcript.split('\n').slice(0, 3).join('\n') })).toContain('it was cut off')
  const allowed = divergence.allowed.map((each) => ({ ...each, rules: ['no.such/rule'] }))
  expect(says({ allowed })).toBe('there is no rule "no.such/rule"')
})
