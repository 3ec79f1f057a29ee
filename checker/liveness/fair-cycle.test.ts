import { describe, expect, test } from 'vitest'
import { EdgeLog, edgeLabel } from './edge-log.js'
import { fairCycle } from './fair-cycle.js'
import { LoggedSteps, type Steps, UnfoldedSteps } from './steps.js'

/** A graph from its edges: from, to, and the fairness class of the edge. */
function graph(list: readonly (readonly [from: number, to: number, fairnessClass?: number])[]): Steps {
  const edges = new EdgeLog()
  for (const [from, to, fairnessClass = 0] of [...list].sort(([a], [b]) => a - b)) edges.add(from, to, fairnessClass)
  return new LoggedSteps(edges, 1 + list.reduce((most, [from, to]) => Math.max(most, from, to), 0))
}

const everywhere = () => true

/** The states that a lasso's loop goes through, from its first to its first again. */
function loopOf(steps: Steps, lasso: ReturnType<typeof fairCycle>): number[] {
  if (lasso === undefined) return []
  return [lasso.state, ...lasso.loop.map(({ state, edge }) => steps.target(state, edge))]
}

describe('a fair cycle', () => {
  test('is a loop on which no class is enabled', () => {
    const steps = graph([
      [0, 1],
      [1, 0],
    ])
    expect(loopOf(steps, fairCycle(steps, everywhere))).toEqual([0, 1, 0])
  })

  test('is no loop on which a class is enabled and never taken', () => {
    const steps = graph([
      [0, 1],
      [1, 0],
      [1, 2, 1],
      [2, 2],
    ])
    expect(fairCycle(steps, (state) => state < 2)).toBeUndefined()
  })

  test('takes an edge of each class that is enabled', () => {
    const steps = graph([
      [0, 1, 1],
      [1, 0, 2],
      [0, 0, 0],
    ])
    const lasso = fairCycle(steps, everywhere)
    expect(new Set(lasso?.loop.map(({ state, edge }) => steps.fairnessClass(state, edge)))).toEqual(new Set([1, 2]))
    expect(loopOf(steps, lasso).at(-1)).toBe(lasso?.state)
  })

  test('is found inside a larger set, where the states that owe a fairnessClass are taken out', () => {
    const steps = graph([
      [0, 1],
      [1, 0],
      [1, 2],
      [2, 1],
      [2, 3, 1],
      [3, 3],
    ])
    expect(
      loopOf(
        steps,
        fairCycle(steps, (state) => state < 3),
      ),
    ).toEqual([0, 1, 0])
  })

  test('is a state without a successor', () => {
    const steps = graph([[0, 1]])
    expect(fairCycle(steps, (state) => state === 1)).toEqual({ state: 1, loop: [] })
  })

  test('does not leave the states that one must leave', () => {
    const steps = graph([
      [0, 1],
      [1, 2],
      [2, 0],
    ])
    expect(fairCycle(steps, (state) => state !== 2)).toBeUndefined()
  })
})

describe('a graph up to the exchange of two parties', () => {
  /** States that are stored: their steps, of which some lead to the image of the state that is stored. */
  const unfolded = (list: readonly (readonly [from: number, to: number, fairnessClass: number, swaps: boolean])[]) => {
    const edges = new EdgeLog()
    for (const [from, to, fairnessClass, swaps] of list) edges.add(from, to, edgeLabel(fairnessClass, swaps))
    return new UnfoldedSteps(
      edges,
      2,
      Int32Array.from({ length: 32 }, (_, at) => (at === 1 ? 2 : at === 2 ? 1 : at)),
    )
  }

  test('has a loop only where its states return as themselves', () => {
    const steps = unfolded([
      [0, 1, 0, true],
      [1, 0, 0, false],
    ])
    expect(loopOf(steps, fairCycle(steps, everywhere))).toEqual([0, 3, 1, 2, 0])
  })

  test('owes to each party what it owes to its image', () => {
    const steps = unfolded([
      [0, 1, 1, true],
      [1, 0, 2, true],
    ])
    const lasso = fairCycle(steps, everywhere)
    const taken = lasso?.loop.map(({ state, edge }) => steps.fairnessClass(state, edge)) ?? []
    expect(taken).toEqual([1, 1])
    expect(loopOf(steps, lasso)).toEqual([0, 3, 0])
  })

  test('has no fair loop of a party where one of its image alone would be fair', () => {
    const steps = unfolded([
      [0, 0, 1, false],
      [0, 1, 2, false],
      [1, 1, 0, false],
    ])
    const isOfFirst = (node: number) => node >>> 1 === 0
    expect(fairCycle(steps, isOfFirst)).toBeUndefined()
  })
})
