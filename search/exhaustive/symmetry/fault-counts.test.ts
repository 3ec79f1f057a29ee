import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { explore } from '../../../checker/bfs.js'
import { Stop } from '../../../checker/control/barrier.js'
import { makeMemory } from '../../../checker/memory/store-memory.js'
import { StateStore } from '../../../checker/state-store.js'
import type { Part } from '../../../model/machine/parts.js'
import { conversionEnds, properties } from '../../../properties/index.js'
import { buildMachine } from '../../machine-config.js'
import { ModelSystem } from '../model-system.js'
import { Canonical, type SymmetryChoice, symmetriesOf } from './symmetry.js'

const judged = properties.filter((property) => property !== conversionEnds)

function search(design: string, part: Part, symmetric: boolean) {
  const scope = { pages: 1, pagesPerSuperpage: 1, vcpus: 2 }
  const setup = { design, driver: 'type1v2', platform: 'tdx-2021-reading', scope, parts: [part] }
  const { machine, host } = must(buildMachine(setup))
  const symmetries = symmetriesOf(machine, host)
  const system = new ModelSystem(machine, judged, symmetric ? symmetries : undefined)
  const result = explore(system, makeMemory(system.packing, 150_000), { exhaust: true })
  return { system, result, symmetries }
}

const told = ({ result }: ReturnType<typeof search>) => ({
  stop: result.stop,
  found: result.failures.map(({ property, depth }) => [judged[property]?.name, depth]),
  witnessed: result.witnessed,
})

/** The forms of what a search has stored. */
function formsOf({ system, result }: ReturnType<typeof search>, symmetries: SymmetryChoice): Set<string> {
  const s = system.machine.blankState()
  const canonical = new Canonical(system.machine, s, symmetries)
  const words = new Int32Array(s.bytes.buffer)
  const store = new StateStore(result.memory)
  const forms = new Set<string>()
  store.forEachId((id) => {
    store.read(id, words)
    canonical.apply()
    forms.add(Buffer.from(s.bytes).toString('latin1'))
  })
  return forms
}

test.each(['on-demand-4k', 'pin-all'])(
  '%s violates the same as soon, with faults counted up to whether there is one',
  (design) => {
    const [plain, counting] = [search(design, 'faultCount', false), search(design, 'faultCount', true)]
    expect(told(counting)).toEqual(told(plain))
    expect(plain.result.stop).toBe(Stop.Complete)
    expect(formsOf(counting, counting.symmetries)).toEqual(formsOf(plain, counting.symmetries))
    expect(counting.symmetries.used).toBe('vCPUs and counts of faults')
    expect(counting.result.states).toBeLessThan(plain.result.states / 2)
  },
)

test('faults of which a record says more are told apart by their number', () => {
  expect(search('on-demand-4k', 'faultRing', true).symmetries.used).toBe('vCPUs')
})
