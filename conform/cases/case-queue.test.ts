import { expect, test } from 'vitest'
import { OracleCache } from '../oracle/check.js'
import type { InterfaceName } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { modelHello } from '../testing/model-target.js'
import { CaseQueue, type Turns } from './case-queue.js'

/** The random sequences of a run. */
function drawn(seed: number, runs: number, on: InterfaceName = 'type1v2'): Sequence[] {
  const testTarget = { hello: modelHello, interface: on, kvm: false }
  const source = new CaseQueue(testTarget, new OracleCache(['linux-7.2']), { saved: [], seed, runs, length: 20 })
  const turns = source.turns()
  const all = Array.from({ length: turns.total }, () => turns.take())
  return all.slice(source.fixed).filter((one) => one !== undefined)
}

test.each(['type1v2', 'sept'] as const)('runs of seeds side by side draw nothing twice on %s', (on) => {
  const all = [1, 2, 3].flatMap((seed) => drawn(seed, 200, on))
  expect(new Set(all.map(({ from }) => from)).size).toBe(600)
  expect(new Set(all.map(({ setting, calls }) => JSON.stringify([setting, calls]))).size).toBe(600)
})

test('a random sequence is drawn again, first of all, by the seed that is its name', () => {
  for (const one of drawn(7, 20)) {
    expect(drawn(Number(one.from.replace('random ', '')), 1)).toEqual([one])
  }
})

test('blocks of a run are its sequences, each once, the last block cut off by the end', () => {
  const testTarget = { hello: modelHello, interface: 'page-table', kvm: false } as const
  const options = { saved: [], seed: 3, runs: 30, length: 10 }
  const queue = new CaseQueue(testTarget, new OracleCache(['linux-7.2']), options)
  const taken = (turns: Turns) => Array.from({ length: turns.total + 1 }, () => turns.take() ?? []).flat()
  const whole = taken(queue.turns())
  const cut = queue.fixed + 7
  const blocks = [
    { from: 0, end: cut },
    { from: cut, end: queue.total },
  ].map((block) => queue.turns(block))
  expect(blocks.map(({ total }) => total)).toEqual([cut, 23])
  expect(blocks.reverse().map(taken).reverse().flat()).toEqual(whole)
  expect(whole).toHaveLength(queue.total)
})
