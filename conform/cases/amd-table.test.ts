import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { conform } from '../runner/run.js'
import { objectTarget } from '../targets/in-process.js'
import { amdPlatform, amdTable } from '../testing/amd-table.js'
import { linux612Table } from '../testing/linux-612-table.js'
import type { Plant } from '../testing/table-by-hand.js'

/** The rules by which what was found could only be otherwise. */
async function ruleIds(runs: number, plant?: Plant, platform = amdPlatform): Promise<string[]> {
  const asked = { interface: 'page-table', runs, seed: 2026, platforms: [platform] } as const
  const { divergences } = must(
    await conform(
      objectTarget(() => amdTable(plant)),
      asked,
    ),
  )
  return divergences.flatMap(({ divergence }) => divergence.allowed.flatMap(({ rules }) => rules.map(({ id }) => id)))
}

test('the model of the tables of AMD answers as those of 6.12', async () => {
  expect(await ruleIds(400)).toEqual([])
})

test('the table of Intel is none of AMD', async () => {
  const asked = { interface: 'page-table', runs: 0, seed: 2026, platforms: [amdPlatform] } as const
  expect(must(await conform(objectTarget(linux612Table), asked)).divergences).not.toEqual([])
})

describe('of the tables of AMD, the fixed list alone finds', () => {
  test.each<[string, string, Plant]>([
    [
      'that a part of a leaf counts as a part',
      'amdvi.tables/part-takes-leaf-6-12',
      (request, answer) =>
        request.call === 'unmap' ? { ...answer, unmapped: Math.min(answer.unmapped ?? 0, request.count) } : answer,
    ],
    [
      'that an unmap stops at an empty entry',
      'amdvi.tables/hole-counts-6-12',
      (request, answer) => (request.call === 'unmap' && request.count > 1 ? { ...answer, unmapped: 1 } : answer),
    ],
  ])('%s', async (_, rule, plant) => {
    expect(await ruleIds(0, plant)).toContain(rule)
  })
})
