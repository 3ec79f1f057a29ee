import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import type { Answer } from '../protocol/messages.js'
import type { RequestBody } from '../protocol/target.js'
import { conform } from '../runner/run.js'
import { objectTarget } from '../targets/in-process.js'
import { linux612Table } from '../testing/linux-612-table.js'

const found = async (runs: number, plant?: (request: RequestBody, answer: Answer) => Answer) => {
  const asked = { interface: 'page-table', runs, seed: 2026, platforms: ['linux-6.12'] } as const
  return must(
    await conform(
      objectTarget(() => linux612Table(plant)),
      asked,
    ),
  ).divergences
}

test('the model of Linux 6.12 answers as its page table does, data that it overwrites included', async () => {
  expect(await found(400)).toEqual([])
})

/** A device's answer that was cached serves until the next unmap, whatever is mapped in its place. */
function keptCached(): (request: RequestBody, answer: Answer) => Answer {
  const mapped = new Map<number, number>()
  const cached = new Map<number, number>()
  return (request, answer) => {
    if (request.call === 'reset' || request.call === 'unmap') {
      mapped.clear()
      cached.clear()
    }
    if (request.call === 'map') {
      for (let page = request.iovfn; page < request.iovfn + request.count; page += 1) {
        if (!mapped.has(page)) mapped.set(page, request.permissions)
      }
    }
    if (request.call === 'dma-read' && answer.result === 'done')
      cached.set(request.iovfn, mapped.get(request.iovfn) ?? 3)
    const isReadOnly = request.call === 'dma-write' && cached.get(request.iovfn) === 1
    return isReadOnly ? { ...answer, result: 'blocked' } : answer
  }
}

describe('of a table of Linux 6.12, the fixed list alone finds', () => {
  test.each<[string, string, string, (request: RequestBody, answer: Answer) => Answer]>([
    [
      'that a map over a leaf is refused',
      'map',
      'map-over-leaf-7-2',
      (request, answer) =>
        request.call === 'map' && request.count === 1 ? { ...answer, outcome: 'EADDRINUSE' } : answer,
    ],
    [
      'that an unmap returns no more than was asked',
      'unmap',
      'unmap-enlarged-at-hole-6-12',
      (request, answer) =>
        request.call === 'unmap' ? { ...answer, unmapped: Math.min(request.count, answer.unmapped ?? 0) } : answer,
    ],
    [
      'that no data is overwritten',
      'host-read',
      'map-inside-superpage-6-12',
      (request, answer) => (request.call === 'host-read' && answer.data === -1 ? { ...answer, data: 0 } : answer),
    ],
    ['that the IOTLB keeps the leaves that a superpage replaces', 'dma-write', 'map-replaces-6-12', keptCached()],
  ])('%s', async (_, call, rule, plant) => {
    const last = (await found(0, plant)).find(({ divergence }) => divergence.sequence.calls.at(-1)?.call === call)
    expect(last?.divergence.allowed[0]?.rules.map(({ id }) => id)).toContain(`vtd.superpage/${rule}`)
  })
})
