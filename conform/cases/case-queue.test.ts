import { expect, test } from 'vitest'
import { OracleCache } from '../oracle/check.js'
import type { InterfaceName } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { modelHello } from '../testing/model-target.js'
import { CaseQueue } from './case-queue.js'

/** The random sequences of a run. */
function drawn(seed: number, runs: number, on: InterfaceName = 'type1v2'): Sequence[] {
  const testTarget = { hello: modelHello, interface: on, kvm: false }
  const source = new CaseQueue(testTarget, new OracleCache(['linux-7.2']), { saved: [], seed, runs, length: 20 })
  const all = Array.from({ length: source.total }, () => source.take())
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
