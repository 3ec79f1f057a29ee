/** @module-tag long */
import { beforeAll, describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { allDesigns, fullName } from '../../designs/index.js'
import { kinds } from '../../model/actions/relation.js'
import { step } from '../../model/actions/step.js'
import { encode } from '../../model/machine/action.js'
import { properties } from '../../properties/index.js'
import { buildMachine, type MachineConfigInput } from '../../search/machine-config.js'
import { Simulator } from '../../search/simulator.js'
import { raceActions, raceSetup, runOf } from '../../search/testing/race.js'
import { record, type Trace } from '../../search/trace.js'
import { checkMachine } from '../../search/verdict.js'
import { StateReader } from '../testing/cells-of-state.js'
import { largeGuest } from '../testing/large-guest.js'
import { differences, randomRuns } from '../testing/map-differences.js'
import { foldCourse, Mark } from './fold.js'
import { entryAt } from './history.js'
import { layers } from './layers.js'

const names = properties.map(({ name }) => name)

/** Counterexamples of a machine, to all properties that a short search finds violated. */
function counterexamples(setup: MachineConfigInput): Trace[] {
  if (!buildMachine(setup).ok) return []
  const verdicts = must(checkMachine(setup, names, { seed: 1, runs: 64, length: 120, seconds: 1 }))
  return verdicts.flatMap(({ trace }) => trace ?? [])
}

const machines = allDesigns.flatMap((design) =>
  design.drivers.map((driver) => [fullName(design), driver.name] as const),
)
const plain = machines.map(
  ([design, driver]): MachineConfigInput => ({ design, driver, scope: {}, platform: 'tdx-2026-reading' }),
)
/** Machines with the parts that the plain one has not. */
const others = ['pin-all', 'on-demand-4k', 'on-demand-superpage', 'deferred-flush', 'replace-domain'].flatMap(
  (name): MachineConfigInput[] => {
    const [design, driver] = machines.find(([known]) => known === name) ?? ['', '']
    const scope = { units: 2, devices: 2 }
    const platform = 'linux-7.2'
    return [
      { design, driver, scope: { ...scope, start: 'private' }, platform, parts: ['secureEpt', 'content'] },
      { design, driver, scope, platform: `${platform} ats=true`, parts: ['deviceTlb', 'walkCache'] },
      { design, driver, scope, platform: `${platform} coherentPageWalk=false`, parts: ['coherency'] },
    ]
  },
)

let traces: Trace[]

beforeAll(() => {
  traces = [...plain.flatMap(counterexamples), ...others.flatMap(randomRuns)]
}, 120_000)

test('the map of each counterexample of the catalogue, and of runs on all parts, says what the machine says', {
  tags: 'long',
}, () => {
  expect(traces.length).toBeGreaterThan(50)
  expect(traces.flatMap((trace) => differences(trace, must(foldCourse(trace))).slice(0, 1))).toEqual([])
})

test('those runs change every layer, and leave entries stale that devices reach', () => {
  const changed = new Set<string>()
  const stale = new Set<string>()
  for (const trace of traces) {
    const { layers, histories } = must(foldCourse(trace))
    for (const cells of histories) {
      for (const [at, { key }] of layers.entries()) {
        if (cells[at].length > 1) changed.add(key)
        if (cells[at].some(([, , marks]) => (marks & Mark.Stale) !== 0)) stale.add(key)
      }
    }
  }
  const untrusted = layers.filter(({ key }) => !key.startsWith('trusted')) // those of trusted.test.ts
  expect([...changed].sort()).toEqual(untrusted.map(({ key }) => key).sort())
  expect([...stale].sort()).toEqual(['devtlb', 'iommu', 'iotlb'])
})

describe('a map that is wrong', () => {
  const simulator = new Simulator(must(buildMachine(raceSetup)).machine)
  const race = record(simulator, must(buildMachine(raceSetup)).setup, runOf(raceActions), {
    property: 'host-survives',
    seed: 1,
    why: '',
  })

  test.each(['attr', 'pte', 'iotlbKey', 'owner', 'pins', 'dma', 'mapOf'])(
    'is seen where a step leaves out %s',
    (view) => {
      const steps = race.steps.map((one) => {
        const { [view]: _, ...changed } = one.effects?.changed ?? {}
        return { ...one, effects: { ...one.effects, changed } }
      })
      expect(differences(race, must(foldCourse({ ...race, steps })))).not.toEqual([])
    },
  )

  test('is none where no step is changed', () => {
    expect(differences(race, must(foldCourse(race)))).toEqual([])
  })

  test('of the race shows the IOTLB entry as stale once the tables lose it, and wrong once the page is private', () => {
    const { layers, histories } = must(foldCourse(race))
    const iotlb = layers.findIndex(({ key }) => key === 'iotlb')
    expect(histories[1][iotlb]).toEqual([
      [0, '–', 0],
      [2, '4k f1 rw', 0],
      [8, '4k f1 rw', 1],
      [14, '4k f1 rw', 3],
    ])
  })
})

describe('the map of a large guest', () => {
  const { simulator, trace } = largeGuest()
  const folded = must(foldCourse(trace))

  test('has a row for each range of pages that never differ, and every page in one of them', () => {
    expect(folded.rows.length).toBeLessThan(60)
    const ends = folded.rows.map(({ first, count }) => first + count)
    expect(folded.rows.map(({ first }) => first)).toEqual([0, ...ends.slice(0, -1)])
    expect(ends.at(-1)).toBe(trace.header.setup.scope.pages)
  })

  test('says of the first, middle and last page of each row what the machine says, after each step', () => {
    const { machine, state } = simulator
    const reader = new StateReader(machine, state)
    const shown = folded.layers.filter(({ key }) => key !== 'mapping')
    simulator.reset()
    for (let taken = 0; taken <= trace.steps.length; taken += 1) {
      const { action } = trace.steps[taken - 1] ?? {}
      if (action !== undefined) step(machine, state, must(encode(kinds, action)))
      for (const [row, { first, count }] of folded.rows.entries()) {
        for (const page of new Set([first, first + (count >>> 1), first + count - 1])) {
          for (const { key } of shown) {
            const at = folded.layers.findIndex((one) => one.key === key)
            const [, text = '', marks] = entryAt(folded.histories[row][at], taken) ?? []
            const moved = text.replace(/f(\d+)…?/g, (_, frame) => `f${Number(frame) + page - first}`)
            const said = reader.cell(key, page)
            expect([taken, page, key, moved, marks]).toEqual([
              taken,
              page,
              key,
              said.text.replace('2048k', '2M'),
              said.marks,
            ])
          }
        }
      }
    }
  })
})
