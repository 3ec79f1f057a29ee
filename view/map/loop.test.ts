import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { conversionEnds } from '../../properties/index.js'
import { buildMachine } from '../../search/machine-config.js'
import type { Trace } from '../../search/trace.js'
import { checkMachine } from '../../search/verdict.js'
import { loopOf } from './loop.js'

/** A trace of these changes of one entry, the last `continued` of them behind the run. */
function traceOf(values: readonly number[], continued: number): Trace {
  const { setup } = must(buildMachine({ design: 'pin-all', driver: 'type1v2', scope: {}, platform: 'linux-7.2' }))
  const all = values.slice(1).map((value, index) => ({
    action: { kind: 'dma.issue' },
    outcome: 'ok' as const,
    effects: { changed: { pc: [[0, values[index], value] as [number, number, number]] } },
  }))
  const steps = all.slice(0, all.length - continued)
  const header = { dmaproof: 'trace', format: 3, model: 2, setup, property: conversionEnds.name, seed: 1 } as const
  return { header: { ...header, why: '', steps: steps.length }, steps, continuation: all.slice(steps.length) }
}

test.each([
  ['the end of the run', [0, 1, 2, 1], 2, 1],
  ['a step of the continuation', [0, 1, 2, 3, 2], 3, 2],
  ['none, where the machine ends otherwise', [0, 1, 2, 3], 2, undefined],
  ['none, without a continuation', [0, 1, 0], 0, undefined],
])('the loop begins at %s', (_, values, continued, expected) => {
  expect(loopOf(traceOf(values, continued))).toBe(expected)
})

test('the continuation of a livelock that a search finds is a loop', () => {
  const platform = 'tdx-2026-reading inPlacePinCheck=refuse'
  const setup = { design: 'pin-all', driver: 'type1v2', scope: { backing: 'in-place' as const }, platform }
  const verdicts = must(checkMachine(setup, [conversionEnds.name], { seed: 1, runs: 200, length: 80 }))
  const loops = verdicts.flatMap(({ trace }) => (trace === undefined ? [] : [loopOf(trace)]))
  expect(loops).toEqual([expect.any(Number)])
})
