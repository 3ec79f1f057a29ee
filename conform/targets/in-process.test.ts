import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import type { Answer, Hello } from '../protocol/messages.js'
import type { RequestBody } from '../protocol/target.js'
import { conform } from '../runner/run.js'
import { modelImplementation } from '../testing/model-target.js'
import { type Implementation, objectTarget } from './in-process.js'

const right = () => modelImplementation('linux-7.2')
/** The model, whose third call of a kind is answered by something else; what a caller of JavaScript may return. */
const wrong = (answer: () => unknown): Implementation => {
  const model = right()
  return {
    hello: model.hello,
    answer: (request: RequestBody) => (request.call === 'unmap' ? (answer() as Answer) : model.answer(request)),
  }
}

describe('an object that answers', () => {
  test.each<[what: string, answer: () => unknown, kind: string, message: string]>([
    ['never', () => new Promise(() => {}), 'silent', 'no reply to unmap for 0.05 s'],
    ['with nothing', () => null, 'unreadable', 'expected object'],
    ['with a word', () => 'ok', 'unreadable', 'expected object'],
    ['without an outcome', () => ({}), 'unreadable', 'outcome'],
    ['with a field that there is not', () => ({ outcome: 'ok', foo: 1 }), 'unreadable', 'foo'],
    ['with half a page', () => ({ outcome: 'ok', unmapped: 0.5 }), 'unreadable', 'unmapped'],
    ['by a promise of nothing', async () => undefined, 'unreadable', 'the reply to unmap'],
    ['by a promise that it breaks', () => Promise.reject(new Error('no luck')), 'died', 'it threw at unmap: no luck'],
    [
      'by throwing',
      () => {
        throw new Error('no luck')
      },
      'died',
      'it threw at unmap: no luck',
    ],
  ])('%s is a divergence, as a process would be', async (_, answer, kind, message) => {
    const open = objectTarget(() => wrong(answer), 0.05)
    const { divergences, cut } = must(await conform(open, { interface: 'type1v2', runs: 0, seed: 1 }))
    const seen = divergences.map(({ divergence }) => divergence.seen)
    expect(seen).toContainEqual({ kind, message: expect.stringContaining(message), stderr: '' })
    expect(cut).toBe('10 processes failed')
  })
})

describe('an object is refused as a process would be', () => {
  const saying = (hello: Partial<Record<keyof Hello | 'luck', unknown>>) => () => {
    return { ...right(), hello: { ...right().hello, ...hello } as Hello }
  }
  test.each<[what: string, make: () => Implementation, message: string]>([
    ['without observations', saying({ observes: undefined }), 'hello: observes'],
    ['with a field that there is not', saying({ luck: 1 }), 'luck'],
    ['with no pages', saying({ pages: 0 }), 'hello: pages'],
    ['with an interface that there is not', saying({ interfaces: ['type3'] }), 'expected words out of'],
    ['of another time', saying({ protocol: 9 }), 'found protocol 9, expected 1'],
    [
      'that throws when it is made',
      () => {
        throw new Error('no memory')
      },
      'it threw when it was made: no memory',
    ],
  ])('%s', async (_, make, message) => {
    const result = await conform(objectTarget(make), { interface: 'type1v2', runs: 1, seed: 1 })
    expect(result).toMatchObject({ ok: false, problem: { message: expect.stringContaining(message) } })
  })
})
