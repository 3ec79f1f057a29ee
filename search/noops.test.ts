import { expect, test } from 'vitest'
import { makeMemory } from '../checker/state-store.js'
import { type Design, designs, fullName } from '../designs/index.js'
import { unskipped } from '../designs/lifecycle.js'
import { onDemand4k } from '../designs/on-demand-4k.js'
import { chunk } from '../designs/vocabulary/ranges.js'
import { conversionEnds, properties } from '../properties/index.js'
import { proveMachine } from './exhaustive/verdicts.js'
import type { MachineConfigInput } from './machine-config.js'
import { checkMachine } from './verdict.js'

const room = (words: number) => makeMemory(words, 100_000)
const plain = properties.filter(({ parts, needsFailures }) => parts.length === 0 && needsFailures !== true)
const names = plain.map(({ name }) => name)
const platform = 'tdx-2021-reading'

const setupOf = (design: Design, noops: boolean): MachineConfigInput => ({
  design: fullName(design),
  driver: design.drivers[0]?.name ?? '',
  platform,
  scope: { vcpus: 1, ...design.scope, pages: design.bootRequest ? 4 : 2, backing: design.backings[0], noops },
})

/** What is violated in any state, with the length of a shortest run. */
function violatedBy(design: Design, noops: boolean): (string | number | null)[][] {
  const proved = proveMachine(setupOf(design, noops), names, room)
  if ('message' in proved) throw new Error(proved.message)
  expect(proved.verdicts.filter(({ verdict }) => verdict !== 'held' && verdict !== 'violated')).toEqual([])
  return proved.verdicts.filter(({ verdict }) => verdict === 'violated').map(({ property, steps }) => [property, steps])
}

test('the shipped designs skip what is so already: requests for it violate nothing more', () => {
  for (const design of designs.filter((one) => one !== unskipped)) {
    expect([fullName(design), violatedBy(design, true)]).toEqual([fullName(design), violatedBy(design, false)])
  }
}, 60_000)

test('a design that does not skip refuses such a request: 7 actions, or the request and what follows fairly', () => {
  expect([violatedBy(unskipped, false), violatedBy(unskipped, true)]).toEqual([[], [['conversion-ends', 7]]])
  const setup: MachineConfigInput = {
    design: fullName(unskipped),
    driver: 'type1v2',
    platform,
    scope: { ...unskipped.scope },
  }
  const found = checkMachine(setup, [conversionEnds.name], { seed: 1, runs: 5000, length: 80, seconds: 10 })
  expect(found).toMatchObject([{ verdict: 'violated', steps: 1, why: expect.stringContaining('fails with EEXIST') }])
})

test('a request for what is so must leave the frames, also where it is answered as done', () => {
  const draft: Design = {
    ...onDemand4k,
    variant: 'draft',
    toPrivate: [{ call: 'discard-private', on: chunk }, ...onDemand4k.toPrivate],
  }
  const scope = { requests: 'pages', noops: true, vcpus: 1 } as const
  const setup: MachineConfigInput = { design: 'on-demand-4k/draft', driver: 'type1v2', platform, scope }
  const found = checkMachine(setup, [conversionEnds.name], { seed: 1, runs: 5000, length: 80 }, [draft])
  expect(found).toMatchObject([
    { verdict: 'violated', why: expect.stringContaining('takes a mapping, a pin or a frame') },
  ])
})
