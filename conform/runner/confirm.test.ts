import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { check, OracleCache } from '../oracle/check.js'
import { requestsOf, type Sequence } from '../protocol/sequence.js'
import { isTargetFailure, type OpenTarget } from '../protocol/target.js'
import { type Implementation, implement, objectTarget } from '../targets/in-process.js'
import { modelImplementation } from '../testing/model-target.js'
import type { Report } from './report.js'
import { type ConformOptions, conform } from './run.js'

const pages = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at)

/** A page table of small pages whose cache survives a reset; an unmap empties it, or forgets to. */
function forgetful(flushes: boolean): Implementation {
  const leaves = new Map<number, number>()
  const cached = new Map<number, number>()
  const dma = (page: number, right: number) => {
    const rights = cached.get(page) ?? leaves.get(page) ?? 0
    if (rights !== 0) cached.set(page, rights)
    return { result: rights & right ? 'done' : 'blocked' } as const
  }
  return implement(
    { name: 'forgetful', interfaces: ['page-table'], observes: ['result', 'unmapped'], superpages: '1' },
    {
      reset: () => leaves.clear(),
      map: ({ iovfn, count, permissions }) => {
        if (pages(iovfn, count).some((page) => leaves.has(page))) return 'EADDRINUSE'
        for (const page of pages(iovfn, count)) leaves.set(page, permissions)
        return 'ok'
      },
      unmap: ({ iovfn, count }) => {
        if (flushes) cached.clear()
        const hole = pages(iovfn, count).findIndex((page) => !leaves.delete(page))
        return { unmapped: hole < 0 ? count : hole }
      },
      'dma-write': ({ iovfn }) => dma(iovfn, 2),
      'dma-read': ({ iovfn }) => dma(iovfn, 1),
    },
  )
}

async function run(open: OpenTarget, more: Partial<ConformOptions> = {}): Promise<Report> {
  return must(await conform(open, { interface: 'page-table', runs: 20, seed: 1, ...more }))
}

/** Whether a process of its own answers a sequence wrongly. */
async function showsAlone(open: OpenTarget, sequence: Sequence): Promise<boolean> {
  const target = await open()
  if (isTargetFailure(target)) throw new Error(target.message)
  const { replies } = await target.ask(requestsOf(sequence))
  const oracle = must(new OracleCache(['linux-7.2']).open(sequence.setting))
  return check(oracle, sequence, { answers: replies, promised: target.hello.observes }) !== undefined
}

describe('a divergence of an implementation that keeps something over a reset', () => {
  test('is shrunk to what a fresh process shows', async () => {
    const open = objectTarget(() => forgetful(false))
    const { divergences } = await run(open)
    expect(divergences.length).toBeGreaterThan(0)
    const alone = divergences.filter(({ reproduces }) => reproduces === 'in isolation')
    expect(alone.length).toBeGreaterThan(0)
    for (const { divergence, isShrunk } of alone) {
      expect([isShrunk, await showsAlone(open, divergence.sequence)]).toEqual([true, true])
    }
  })

  test('that one sequence alone does not show is shrunk together with those before it', async () => {
    const open = objectTarget(() => forgetful(true))
    const { divergences } = await run(open)
    const [first] = divergences.filter(({ reproduces }) => reproduces === 'order-dependent')
    expect(first?.isShrunk).toBe(true)
    const { earlier = [], calls } = first?.divergence.sequence ?? { calls: [] }
    expect(earlier.map((one) => one.calls.map(({ call }) => call))).toEqual([['map', 'dma-write']])
    expect(calls.map(({ call }) => call)).toEqual(['dma-read'])
    for (const { divergence, reproduces } of divergences) {
      const { earlier: _, ...alone } = divergence.sequence
      expect(await showsAlone(open, divergence.sequence)).toBe(true)
      expect(await showsAlone(open, alone)).toBe(reproduces === 'in isolation')
    }
  })
})

test('a divergence is not called shrunk where no fresh process could be asked', async () => {
  const make = objectTarget(() => forgetful(false))
  let opened = 0
  const open: OpenTarget = async () => {
    opened += 1
    return opened > 1 ? { kind: 'died', message: 'no more', stderr: '' } : make()
  }
  const { divergences, cut } = await run(open)
  expect(divergences.map(({ isShrunk, reproduces }) => [isShrunk, reproduces])).toContainEqual([false, 'unknown'])
  expect(divergences.filter(({ isShrunk, reproduces }) => isShrunk || reproduces !== 'unknown')).toEqual([])
  expect(cut).toContain('no more')
})

test('a death that only a long life brings about is kept with that life', { tags: 'long' }, async () => {
  const mortal = () => {
    let said = 0
    return modelImplementation('linux-7.2', (_, answer) => {
      said += 1
      if (said > 100) throw new Error('too old')
      return answer
    })
  }
  const { divergences } = await run(objectTarget(mortal))
  const [death] = divergences.filter(({ reproduces }) => reproduces === 'order-dependent')
  const { earlier = [], calls = [] } = death?.divergence.sequence ?? {}
  expect(earlier.reduce((sum, one) => sum + one.calls.length, calls.length)).toBe(101)
})

test('a divergence that a race shows only now and then is shrunk to what a fresh process shows', async () => {
  let raced = 0
  const lucky = () =>
    modelImplementation('linux-7.2', ({ call }, answer) => {
      if (call !== 'unmap-under-dma') return answer
      raced += 1
      return raced % 3 === 0 ? { outcome: 'EINVAL' } : answer
    })
  const { divergences } = await run(objectTarget(lucky), { interface: 'type1v2', runs: 0 })
  const shown = divergences.map(({ isShrunk, reproduces, divergence: { sequence } }) => {
    return { isShrunk, reproduces, calls: sequence.calls.map(({ call }) => call) }
  })
  expect(shown).toEqual([{ isShrunk: true, reproduces: 'in isolation', calls: ['unmap-under-dma'] }])
})
