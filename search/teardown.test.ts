import { expect, test } from 'vitest'
import { makeMemory } from '../checker/state-store.js'
import { onDemand4k } from '../designs/on-demand-4k.js'
import { properties } from '../properties/index.js'
import { proveMachine } from './exhaustive/verdicts.js'
import type { MachineConfigInput } from './machine-config.js'
import { checkMachine } from './verdict.js'

const room = (words: number) => makeMemory(words, 200_000)
const names = properties.filter((one) => one.parts.length === 0 && one.needsFailures !== true).map(({ name }) => name)

/** What is violated in any state, with the length of a shortest run. */
function violatedBy(setup: MachineConfigInput, asked = names) {
  const proved = proveMachine(setup, asked, room)
  if ('message' in proved) throw new Error(proved.message)
  expect(proved.verdicts.filter(({ verdict }) => verdict !== 'held' && verdict !== 'violated')).toEqual([])
  return proved.verdicts.flatMap(({ verdict, property, steps }) => (verdict === 'violated' ? [[property, steps]] : []))
}

test('a container torn down under DMA holds with every driver: each unmap waits for what is in flight', () => {
  for (const { name: driver } of onDemand4k.drivers) {
    for (const backing of ['separate', 'in-place'] as const) {
      const scope = { pages: 2, vcpus: 1, teardownDma: true, backing }
      const setup = { design: 'on-demand-4k', driver, platform: 'tdx-2021-reading', scope }
      expect([driver, backing, violatedBy(setup)]).toEqual([driver, backing, []])
    }
  }
}, 60_000)

test('where the wait does not drain, it leaves DMA on its way to unpinned pages; quiet devices leave none', () => {
  const setup = (teardownDma: boolean): MachineConfigInput => ({
    design: 'bounce-pool',
    driver: 'type1v2',
    platform: 'tdx-2021-reading drain=none',
    scope: { pages: 4, pagesPerSuperpage: 2, vcpus: 1, start: 'private', requests: 'superpages', teardownDma },
  })
  expect(violatedBy(setup(false), ['no-stale-frame'])).toEqual([])
  const [shortest] = violatedBy(setup(true), ['no-stale-frame'])
  const found = checkMachine(setup(true), ['no-stale-frame'], { seed: 1, runs: 50_000, length: 80, seconds: 10 })
  expect(found).toMatchObject([{ verdict: 'violated', steps: shortest?.[1] }])
})
