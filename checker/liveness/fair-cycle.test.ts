import { describe, expect, test } from 'vitest'
import { EdgeLog } from './edge-log.js'
import { fairCycle } from './fair-cycle.js'

/** A graph from its edges: from, to, and the fairness class of the edge. */
function graph(list: readonly (readonly [from: number, to: number, fairnessClass?: number])[]): EdgeLog {
  const edges = new EdgeLog()
  for (const [from, to, fairnessClass = 0] of [...list].sort(([a], [b]) => a - b)) edges.add(from, to, fairnessClass)
  return edges
}

const everywhere = () => true

/** The states that a lasso's loop goes through, from its first to its first again. */
function loopOf(edges: EdgeLog, lasso: ReturnType<typeof fairCycle>): number[] {
  if (lasso === undefined) return []
  return [lasso.state, ...lasso.loop.map((edge) => edges.target(edge))]
}

describe('a fair cycle', () => {
  test('is a loop on which no class is enabled', () => {
    const edges = graph([
      [0, 1],
      [1, 0],
    ])
    expect(loopOf(edges, fairCycle(edges, 2, everywhere))).toEqual([0, 1, 0])
  })

  test('is no loop on which a class is enabled and never taken', () => {
    const edges = graph([
      [0, 1],
      [1, 0],
      [1, 2, 1],
      [2, 2],
    ])
    expect(fairCycle(edges, 3, (state) => state < 2)).toBeUndefined()
  })

  test('takes an edge of each class that is enabled', () => {
    const edges = graph([
      [0, 1, 1],
      [1, 0, 2],
      [0, 0, 0],
    ])
    const lasso = fairCycle(edges, 2, everywhere)
    expect(new Set(lasso?.loop.map((edge) => edges.fairnessClass(edge)))).toEqual(new Set([1, 2]))
    expect(loopOf(edges, lasso).at(-1)).toBe(lasso?.state)
  })

  test('is found inside a larger set, where the states that owe a fairnessClass are taken out', () => {
    const edges = graph([
      [0, 1],
      [1, 0],
      [1, 2],
      [2, 1],
      [2, 3, 1],
      [3, 3],
    ])
    expect(
      loopOf(
        edges,
        fairCycle(edges, 4, (state) => state < 3),
      ),
    ).toEqual([0, 1, 0])
  })

  test('is a state without a successor', () => {
    const edges = graph([[0, 1]])
    expect(fairCycle(edges, 2, (state) => state === 1)).toEqual({ state: 1, loop: [] })
  })

  test('does not leave the states that one must leave', () => {
    const edges = graph([
      [0, 1],
      [1, 2],
      [2, 0],
    ])
    expect(fairCycle(edges, 3, (state) => state !== 2)).toBeUndefined()
  })
})
