import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { builtIn } from '../../../search/catalogue/catalogue.js'
import { buildMachine } from '../../../search/machine-config.js'
import { Simulator } from '../../../search/simulator.js'
import { raceActions, raceSetup, runOf } from '../../../search/testing/race.js'
import { record } from '../../../search/trace.js'
import { emptyVerdict } from '../../../search/verdict.js'
import { comparisonText } from '../compare/comparison.js'
import type { Judged } from '../judged.js'
import { makePaint } from '../paint.js'
import { exampleOf, takenText } from './counterexample.js'

const steps = (...kinds: string[]) => ({ steps: kinds.map((kind) => ({ action: { kind }, outcome: 'ok' as const })) })

test('a counterexample counts the actions of devices and the IOMMU, not those of vCPUs and the host', () => {
  const text = takenText(steps('guest.convert', 'iommu.walk', 'dma.issue', 'vfio.unmap-dma'))
  expect(text).toBe('4 actions, 2 of them taken by a device or the IOMMU')
})

test('one action is told in the singular', () => {
  expect(takenText(steps('guest.convert'))).toBe('1 action, 0 of them taken by a device or the IOMMU')
})

/** A verdict with the first actions of the race as its counterexample. */
function violated(name: string, actions: readonly string[]): Judged {
  const { machine, setup } = must(buildMachine(raceSetup))
  const [property] = builtIn.propertiesNamed([name])
  if (property === undefined) throw new Error(`there is no property ${name}`)
  const trace = record(new Simulator(machine), setup, runOf(actions), { property: name, seed: 1, why: 'planted' })
  return { verdict: { ...emptyVerdict(raceSetup, property, 'violated', 'planted', 1), trace, steps: actions.length } }
}

const host = violated('no-stale-frame', raceActions.slice(3, 6))
const untranslated = violated('single-backing', raceActions.slice(0, 1))
const longer = violated('no-shared-fault', raceActions.slice(0, 6))
const shorter = violated('no-private-reach', raceActions.slice(0, 2))

test('the example is the shortest in which a DMA is issued and translated', () => {
  expect(exampleOf([host, untranslated, longer, shorter])).toBe(shorter)
})

test('without a DMA the example is the shortest, and without a counterexample there is none', () => {
  expect(exampleOf([host, untranslated])).toBe(untranslated)
  expect(exampleOf([])).toBeUndefined()
})

test('a comparison shows one counterexample in columns below its table, of the plain matrix where that has one', () => {
  const look = { properties: [], folder: 'saved', paint: makePaint(false) }
  const text = comparisonText([{ asks: 'a question', judged: [shorter] }, { judged: [longer] }], look)
  expect(text).toContain('no-shared-fault, deferred-flush')
  expect(text).toContain('6 actions, 3 of them taken by a device or the IOMMU')
  expect(text.match(/iommu\.walk/g)).toHaveLength(1)
  expect(comparisonText([{ asks: 'a question', judged: [shorter] }], look)).toContain(
    'no-private-reach, deferred-flush',
  )
  expect(comparisonText([], look)).not.toContain('counterexample')
})
