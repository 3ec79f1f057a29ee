import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import type { MachineConfigInput } from '../../search/machine-config.js'
import { differences, randomRuns } from '../testing/map-differences.js'
import { dataOf, unverified } from '../testing/shown.js'
import { foldCourse, Mark } from './fold.js'

const scope = { pages: 2, pagesPerSuperpage: 2, vcpus: 1, devices: 1, trustedDevices: 1, start: 'private' } as const

/** Machines whose first device the guest trusts. */
const machines = ['tdx-connect', 'sev-snp', 'arm-cca'].flatMap((platform): MachineConfigInput[] => {
  const host = { driver: 'type1v2', platform }
  const parts = (): MachineConfigInput['parts'] => ['secureEpt', 'content']
  return [
    { ...host, design: 'on-demand-4k', scope, parts: parts() },
    { ...host, design: 'on-demand-4k', scope: { ...scope, backing: 'in-place' }, parts: parts() },
    { ...host, design: 'on-demand-4k/enabled-unverified', scope: { ...scope, interfaceLife: true }, parts: parts() },
    { ...host, design: 'on-demand-4k/private-kept', scope: { ...scope, units: 2, devices: 2 }, parts: parts() },
  ]
})

test('the map says of trusted devices what the machine says, and every layer of theirs changes and goes stale', {
  tags: 'long',
}, () => {
  const changed = new Set<string>()
  const marked = new Set<string>()
  for (const trace of machines.flatMap(randomRuns)) {
    const folded = must(foldCourse(trace))
    expect(differences(trace, folded).slice(0, 1)).toEqual([])
    for (const cells of folded.histories) {
      for (const [at, { key }] of folded.layers.entries()) {
        if (cells[at].length > 1) changed.add(key)
        for (const [, , marks] of cells[at]) {
          if ((marks & Mark.Stale) !== 0) marked.add(`${key} is stale`)
          if ((marks & Mark.Wrong) !== 0) marked.add(`${key} is wrong`)
        }
      }
    }
  }
  expect([...changed]).toEqual(expect.arrayContaining(['trusted', 'trustedtlb']))
  expect([...marked]).toEqual(expect.arrayContaining(['trusted is wrong', 'trustedtlb is stale']))
})

test('a device that reaches the guest unverified is wrong in the table by which it does, where the run ends', () => {
  const [run] = dataOf(unverified()).runs
  const { layers, histories } = run?.map ?? { layers: [], histories: [] }
  const history = histories[run?.page ?? -1]?.[layers.findIndex(({ key }) => key === 'trusted')]
  expect(history?.map(([, text, marks]) => [text, marks])).toEqual([
    ['private f4, off', 0],
    ['private f4', Mark.Wrong],
  ])
  expect(run?.steps.at(-1)?.others.map(([view]) => view)).toContain('dmar')
})
