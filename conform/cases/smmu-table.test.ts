import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { conform } from '../runner/run.js'
import { objectTarget } from '../targets/in-process.js'
import { type SmmuKernel, smmuPlatforms, smmuTable } from '../testing/smmu-table.js'
import type { Plant } from '../testing/table-by-hand.js'

const kernels: readonly SmmuKernel[] = ['6.12', '7.2']

const found = async (kernel: SmmuKernel, runs: number, plant?: Plant, platform: string = smmuPlatforms[kernel]) => {
  const asked = { interface: 'page-table', runs, seed: 2026, platforms: [platform] } as const
  return must(
    await conform(
      objectTarget(() => smmuTable(kernel, plant)),
      asked,
    ),
  ).divergences
}

/** The rules by which what was found could only be otherwise. */
const ruleIds = (all: Awaited<ReturnType<typeof found>>): string[] =>
  all.flatMap(({ divergence }) => divergence.allowed.flatMap(({ rules }) => rules.map(({ id }) => id)))

test.each(kernels)('the model of the tables of Arm answers as those of %s', async (kernel) => {
  expect(await found(kernel, 400)).toEqual([])
})

test.each<[SmmuKernel, SmmuKernel, string]>([
  ['6.12', '7.2', 'part-refused-7-2'],
  ['7.2', '6.12', 'part-splits-6-12'],
])('the table of %s is no table of %s, by %s', async (kernel, other, rule) => {
  expect(ruleIds(await found(kernel, 0, undefined, smmuPlatforms[other]))).toContain(`smmuv3.tables/${rule}`)
})

const changesCall =
  (call: string, change: Plant): Plant =>
  (request, answer) =>
    request.call === call ? change(request, answer) : answer

describe('of the tables of Arm, the fixed list alone finds', () => {
  test.each<[string, SmmuKernel, string, Plant]>([
    [
      'that a map over a leaf succeeds',
      '7.2',
      'smmuv3.tables/map-over',
      changesCall('map', (_, answer) => ({ ...answer, outcome: 'ok' })),
    ],
    [
      'that a map over a leaf has the errno of another driver',
      '6.12',
      'smmuv3.tables/map-over',
      changesCall('map', (_, answer) => ({ ...answer, outcome: answer.outcome === 'ok' ? 'ok' : 'EADDRINUSE' })),
    ],
    [
      'that an unmap continues behind a hole',
      '7.2',
      'smmuv3.tables/unmap-stops-at-hole',
      changesCall('unmap', (request, answer) => ({
        ...answer,
        unmapped: request.call === 'unmap' && request.count > 1 ? request.count : (answer.unmapped ?? 0),
      })),
    ],
  ])('%s', async (_, kernel, rule, plant) => {
    expect(ruleIds(await found(kernel, 0, plant))).toContain(rule)
  })
})
