import { describe, expect, test } from 'vitest'
import { ok as fine } from '../../base/result.js'
import { noLimits } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import type { Exchange, OpenTarget, Target } from '../protocol/target.js'
import { modelHello } from '../testing/model-target.js'
import { TargetSession, withSession } from './session.js'

const setting = { interface: 'type1v2', kvm: 0, pages: 8, superpage: 4, devices: 1, ...noLimits } as const
/** A reset and one call. */
const named = (from: string): Sequence => ({ from, setting, calls: [{ call: 'observe' }] })
const ok = { outcome: 'ok' }
const died = { kind: 'died', message: 'it ended', stderr: '' } as const

/** Processes that reply when told to; each is numbered, and what it was asked is counted in requests. */
function processes() {
  const opened: { readonly asked: number[]; readonly reply: ((exchange: Exchange) => void)[]; isClosed: boolean }[] = []
  const open: OpenTarget = async () => {
    const one = { asked: [] as number[], reply: [] as ((exchange: Exchange) => void)[], isClosed: false }
    opened.push(one)
    const target: Target = {
      hello: modelHello,
      ask: (requests) => {
        one.asked.push(requests.length)
        return new Promise((resolve) => one.reply.push(resolve))
      },
      close: async () => {
        one.isClosed = true
      },
    }
    return target
  }
  return { open, opened }
}

const names = (sequences: readonly Sequence[]) => sequences.map(({ from }) => from)

describe('a session', () => {
  test('sends a batch while replies are outstanding, and names the sequences before', async () => {
    const { open, opened } = processes()
    const session = new TargetSession(open)
    const first = await session.exchange([named('a'), named('b')])
    const second = await session.exchange([named('c')])
    expect(opened.map(({ asked }) => asked)).toEqual([[4, 2]])
    opened[0]?.reply[0]?.({ replies: [ok, ok, ok, ok] })
    opened[0]?.reply[1]?.({ replies: [ok, ok] })
    const before = [...((await first?.result)?.exchanged ?? []), ...((await second?.result)?.exchanged ?? [])]
    expect(before.map((one) => one.before().map(({ from }) => from))).toEqual([[], ['a'], ['a', 'b']])
  })

  test('gives back the sequences behind a failure, of later batches as well, and starts a fresh process', async () => {
    const { open, opened } = processes()
    const session = new TargetSession(open)
    const first = await session.exchange([named('a'), named('b'), named('c')])
    const second = await session.exchange([named('d')])
    opened[0]?.reply[0]?.({ replies: [ok, ok, ok], failure: died })
    opened[0]?.reply[1]?.({ replies: [], failure: died })
    const [result, later] = [await first?.result, await second?.result]
    expect(result?.exchanged.map(({ sequence, failure }) => [sequence.from, failure?.kind])).toEqual([
      ['a', undefined],
      ['b', 'died'],
    ])
    expect([names(result?.unasked ?? []), result?.hasFailed]).toEqual([['c'], true])
    expect(later).toMatchObject({ exchanged: [], hasFailed: false })
    expect(names(later?.unasked ?? [])).toEqual(['d'])
    await session.exchange([named('c')])
    expect(opened).toHaveLength(2)
  })

  test('asks alone after the replies to every batch; a fresh process replaces the running one', async () => {
    const { open, opened } = processes()
    const session = new TargetSession(open)
    await session.exchange([named('a')])
    const alone = session.askAlone(named('b'), true)
    await new Promise(setImmediate)
    expect([opened.length, opened[0]?.isClosed]).toEqual([1, false])
    opened[0]?.reply[0]?.({ replies: [ok, ok] })
    await new Promise(setImmediate)
    expect([opened.length, opened[0]?.isClosed]).toEqual([2, true])
    opened[1]?.reply[0]?.({ replies: [ok, ok] })
    expect(await alone).toEqual({ replies: [ok, ok] })
    await session.close()
    expect(opened[1]?.isClosed).toBe(true)
  })

  test('asks nothing more once a process could not be started', async () => {
    let starts = 0
    const session = new TargetSession(async () => {
      starts += 1
      return died
    })
    expect(await session.exchange([named('a')])).toBeUndefined()
    expect(await session.askAlone(named('a'), true)).toBeUndefined()
    expect([starts, session.startFailure]).toEqual([1, died])
  })
})

test('requests are asked behind the replies to all batches, and of a fresh process after a failure', async () => {
  const { open, opened } = processes()
  const session = new TargetSession(open)
  await session.exchange([named('a')])
  const asked = session.ask([{ call: 'observe' }])
  await new Promise(setImmediate)
  expect(opened[0]?.asked).toEqual([2])
  opened[0]?.reply[0]?.({ replies: [ok, ok] })
  await new Promise(setImmediate)
  opened[0]?.reply[1]?.({ replies: [], failure: died })
  expect(await asked).toEqual({ replies: [], failure: died })
  void session.ask([{ call: 'observe' }])
  await new Promise(setImmediate)
  expect(opened.map((one) => one.asked)).toEqual([[2, 1], [1]])
})

test('requests to a process that could not be started have no replies, and its failure', async () => {
  const session = new TargetSession(async () => died)
  expect(await session.ask([{ call: 'observe' }])).toEqual({ replies: [], failure: died })
})

describe('a target that is used', () => {
  test('is started once, says what it is, and is closed behind it', async () => {
    const { open, opened } = processes()
    const used = await withSession(open, async (session, hello) => {
      void session.ask([{ call: 'observe' }])
      await new Promise(setImmediate)
      expect(opened[0]?.isClosed).toBe(false)
      return fine(hello.name)
    })
    expect(used).toEqual(fine(modelHello.name))
    expect(opened.map(({ asked, isClosed }) => [asked, isClosed])).toEqual([[[1], true]])
  })

  test('is closed when its use throws', async () => {
    const { open, opened } = processes()
    const broken = withSession(open, async () => {
      throw new Error('a bug')
    })
    await expect(broken).rejects.toThrow('a bug')
    expect(opened[0]?.isClosed).toBe(true)
  })

  test('that could not be started is refused with the reason, and not used', async () => {
    const used = await withSession(
      async () => died,
      async () => fine('used'),
    )
    expect(used.ok ? '' : used.problem.message).toBe('the target did not say hello: it ended')
  })
})
