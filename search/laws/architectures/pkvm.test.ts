import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { makeOwnMemory } from '../../../checker/memory/store-memory.js'
import { findDesign } from '../../../designs/index.js'
import type { Part } from '../../../model/machine/parts.js'
import { proveMachine } from '../../exhaustive/verdicts.js'
import { judged, type Mistake } from '../../testing/mistakes.js'

const inPlace = { pages: 2, pagesPerSuperpage: 2, vcpus: 1, teardown: false, backing: 'in-place' } as const
const onPkvm = {
  right: 'pin-all',
  driver: ['type1v2', 'type1v2'],
  scope: inPlace,
  platform: 'pkvm',
  parts: [],
  property: 'no-private-reach',
} as const

const mistakes: readonly (Omit<Mistake, 'parts'> & { readonly parts: readonly [] })[] = [
  { ...onPkvm, wrong: 'pin-all/not-forwarded', steps: 4 },
  { ...onPkvm, wrong: 'pin-all/completed-late', right: 'pin-all/completed-in-batch', steps: 5 },
  { ...onPkvm, wrong: 'pin-all/share-not-passed', property: 'no-shared-fault', steps: 14 },
  { ...onPkvm, wrong: 'pin-all', right: 'pin-all/atc-invalidated', platform: 'pkvm ats=true', steps: 8 },
  {
    ...onPkvm,
    wrong: 'pin-all/atc-invalidated-first',
    right: 'pin-all/atc-invalidated',
    platform: 'pkvm ats=true',
    steps: 9,
  },
]

test.each(mistakes)('$wrong falls on $platform, and $right does not', (mistake) => {
  const one = { ...mistake, parts: [] }
  const found = judged(one, 'wrong')
  expect([found?.verdict, found?.steps]).toEqual(['violated', mistake.steps])
  expect(found?.trace?.header.broken).toMatch(/^pkvm\./)
  expect(judged(one, 'right')?.verdict).toBe('held')
})

const guest = { ...inPlace, start: 'private' } as const

test.each(['pin-all', 'on-demand-4k', 'attributes-first'])('%s keeps what the guest asks under pKVM', (design) => {
  const driver = findDesign(design)?.drivers[0].name ?? ''
  const names = ['no-private-reach', 'no-shared-fault', 'private-integrity', 'sept-protocol']
  const setup = { design, driver, scope: guest, platform: 'pkvm', parts: ['secureEpt', 'content'] as Part[] }
  const proved = must(proveMachine(setup, names, (packing) => makeOwnMemory(packing, 900_000)))
  expect(proved.verdicts.map(({ property, verdict, why }) => [property, verdict, why])).toEqual(
    names.map((name) => [name, 'held', expect.anything()]),
  )
})
