import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { check, type Divergence, OracleCache } from '../oracle/check.js'
import type { Answer, Call } from '../protocol/messages.js'
import { requestsOf, type Sequence } from '../protocol/sequence.js'
import { kvmBeside } from '../protocol/setting.js'
import type { RequestBody } from '../protocol/target.js'
import { type Implementation, objectTarget } from '../targets/in-process.js'
import { modelHello, modelImplementation } from '../testing/model-target.js'
import { kvmCases } from './kvm.js'

const platform = 'linux-7.2'
type Beside = (typeof kvmBeside)[number]
const casesOn = (on: Beside) => kvmCases({ hello: modelHello, interface: on, kvm: true })

/** Checks one implementation against the model, on every case. */
async function divergencesOf(on: Beside, make: () => Implementation): Promise<Divergence[]> {
  const oracles = new OracleCache([platform])
  const target = await objectTarget(make)()
  if (!('ask' in target)) throw new Error(target.message)
  const found: Divergence[] = []
  for (const sequence of casesOn(on)) {
    const { replies } = await target.ask(requestsOf(sequence))
    const oracle = must(oracles.open(sequence.setting))
    const one = check(oracle, sequence, { answers: replies, promised: modelHello.observes })
    if (one !== undefined) found.push(one)
  }
  return found
}

const right = () => modelImplementation(platform)
const unmap = ({ page: iovfn, count }: { page: number; count: number }): Call => {
  return { call: 'unmap', iovfn, count, flaw: 'none' }
}
const map = ({ page: iovfn, count }: { page: number; count: number }): Call => {
  return { call: 'map', iovfn, page: iovfn, count, permissions: 3, flaw: 'none' }
}

/** The model, which makes calls of its own behind those that it is asked for. */
function faulty(beside: (request: RequestBody) => readonly Call[]): () => Implementation {
  return () => {
    const { hello, answer } = right()
    const meddle = async (request: RequestBody): Promise<Answer> => {
      const given = await answer(request)
      for (const call of beside(request)) await answer(call)
      return given
    }
    return { hello, answer: meddle }
  }
}

const isConversion = (request: RequestBody) => request.call === 'convert' || request.call === 'set-attributes'

/** The calls that were answered wrongly, each with what was wrong. */
const fieldsOf = (found: readonly Divergence[]) =>
  new Set(found.map(({ sequence, allowed }) => `${sequence.calls.at(-1)?.call} ${allowed[0]?.field}`))

/** A case by a part of its name. */
const named = (part: string, on: Beside = 'iommufd'): Sequence => {
  const found = casesOn(on).find(({ from }) => from.includes(part))
  if (found === undefined) throw new Error(`no case is called ${part}`)
  return found
}

/** What the model answers to a case, with the calls that were answered. */
function told({ setting, calls }: Sequence): { call: Call; answer: Answer }[] {
  const oracle = must(new OracleCache([platform]).open(setting))
  return calls.map((call) => {
    const predictions = oracle.predict(call)
    oracle.commit(predictions, predictions)
    expect(predictions, JSON.stringify(call)).toHaveLength(1)
    return { call, answer: predictions[0]?.answer ?? { outcome: 'none' } }
  })
}

test.each(kvmBeside)('beside %s the model allows its own answers', async (on) => {
  expect(await divergencesOf(on, right)).toEqual([])
})

test('a device writes into the page that the guest left, and neither sees the other', () => {
  const all = told(named('a page converted by hypercall: left mapped'))
  const after = all.slice(all.findIndex(({ call }) => call.call === 'convert'))
  expect(after.map(({ call, answer }) => [call.call, answer.result ?? answer.outcome, answer.data])).toEqual([
    ['convert', 'ok', undefined],
    ['dma-write', 'done', undefined],
    ['guest-read', 'ok', 0],
    ['guest-write', 'ok', undefined],
    ['dma-read', 'done', 65],
    ['host-read', 'ok', 65],
    ['observe', 'ok', undefined],
  ])
})

test('after the conversion back the guest has a new page, and the device the old one until it is mapped again', () => {
  const all = told(named('a page converted by ioctl: left mapped, punched, converted back and mapped again'))
  const back = all.slice(all.findLastIndex(({ call }) => call.call === 'set-attributes'))
  const seen = back.flatMap(({ call, answer }) => (answer.data === undefined ? [] : [[call.call, answer.data]]))
  expect(seen.slice(0, 6)).toEqual([
    ['guest-read', 0],
    ['guest-read', 0],
    ['dma-read', 145],
    ['host-read', 165],
    ['dma-read', 165],
    ['guest-read', 185],
  ])
})

test('a device is stopped at the private page, and continues beside it', () => {
  const all = told(named('three pages converted by hypercall: unmapped, and the rest mapped again'))
  const after = all.slice(all.findIndex(({ call }) => call.call === 'unmap'))
  const dma = after.flatMap(({ call, answer }) =>
    call.call === 'dma-write' ? [[call.iovfn, answer.result, answer.fault]] : [],
  )
  expect(dma).toEqual([
    [5, 'blocked', 1],
    [7, 'blocked', 1],
    [4, 'done', 0],
    [8, 'done', 0],
  ])
})

test.each(kvmBeside)('an implementation beside %s whose unmap forgets is found', async (on) => {
  const forgets = faulty((request) =>
    request.call === 'unmap' ? [map({ page: request.iovfn, count: request.count })] : [],
  )
  expect(fieldsOf(await divergencesOf(on, forgets))).toContain('dma-write result')
})

test.each(kvmBeside)('an implementation beside %s that drops the stale mapping is found', async (on) => {
  const whole = { page: 4, count: 8 }
  const drops = faulty((request) => (isConversion(request) ? [unmap(whole)] : []))
  expect(fieldsOf(await divergencesOf(on, drops))).toContain('dma-write result')
})

test('an implementation whose mapping follows the page to its new frame is found', async () => {
  const whole = { page: 4, count: 8 }
  const follows = faulty((request) => (isConversion(request) ? [unmap(whole), map(whole)] : []))
  expect(fieldsOf(await divergencesOf('iommufd', follows))).toContain('guest-read data')
})

test('an implementation that drops what the guest wrote in private is found', async () => {
  const found = await divergencesOf('iommufd', () =>
    modelImplementation(platform, (call, answer) => (call.call === 'guest-read' ? { ...answer, data: 0 } : answer)),
  )
  expect(found.length).toBe(casesOn('iommufd').length)
})

test.each([0, 1, 2, 3])(
  'an implementation that does not look at page %i of four before it changes them is found',
  async (unseen) => {
    const passesOver = (): Implementation => {
      const { hello, answer } = right()
      const isPrivate = new Set<number>()
      return {
        hello,
        answer: async (request) => {
          if (request.call === 'reset') isPrivate.clear()
          if (request.call !== 'set-attributes') return answer(request)
          const { page, count, to } = request
          const pages = Array.from({ length: count }, (_, at) => page + at)
          const looked = pages.filter((_, at) => count < 4 || at !== unseen)
          if (looked.every((one) => isPrivate.has(one) === (to === 'private'))) return { outcome: 'ok' }
          for (const one of pages) isPrivate[to === 'private' ? 'add' : 'delete'](one)
          return answer(request)
        },
      }
    }
    expect(fieldsOf(await divergencesOf('iommufd', passesOver))).toContain('guest-read data')
  },
)
