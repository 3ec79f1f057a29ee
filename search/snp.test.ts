import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { makeMemory } from '../checker/state-store.js'
import type { Part } from '../model/machine/parts.js'
import type { ScopeInput } from '../model/machine/scope.js'
import { proveMachine } from './exhaustive/verdicts.js'

/** A mistake of SEV-SNP, the design without it, and the machine on which every state is searched. */
interface Mistake {
  readonly wrong: string
  readonly right: string
  readonly driver: readonly [wrong: string, right: string]
  readonly scope: ScopeInput
  readonly platform: string
  readonly parts: Part[]
  readonly property: string
  readonly steps: number
}

const oneSuperpage = { pages: 2, pagesPerSuperpage: 2, vcpus: 1, teardown: false } as const
const inPlace = { ...oneSuperpage, backing: 'in-place' } as const

const mistakes: readonly Mistake[] = [
  {
    wrong: 'hitless-cut/assign-first',
    right: 'hitless-cut',
    driver: ['hitless-cut', 'hitless-cut'],
    scope: inPlace,
    platform: 'sev-snp',
    parts: [],
    property: 'no-shared-fault',
    steps: 5,
  },
  {
    wrong: 'hitless-coalesce/leaf-first',
    right: 'hitless-coalesce',
    driver: ['hitless-coalesce', 'hitless-coalesce'],
    scope: inPlace,
    platform: 'sev-snp',
    parts: [],
    property: 'no-shared-fault',
    steps: 27,
  },
  {
    wrong: 'on-demand-4k/failed-is-freed',
    right: 'on-demand-4k',
    driver: ['type1v2', 'type1v2'],
    scope: { pages: 1, pagesPerSuperpage: 1, vcpus: 1, teardown: false, frames: 'pool', failures: 1, start: 'private' },
    platform: 'sev-snp',
    parts: ['secureEpt'],
    property: 'no-private-reach',
    steps: 23,
  },
  {
    wrong: 'on-demand-4k/not-smashed',
    right: 'on-demand-4k',
    driver: ['type1v2', 'type1v2'],
    scope: { ...oneSuperpage, start: 'private' },
    platform: 'sev-snp rmpEntries=largest',
    parts: ['secureEpt'],
    property: 'conversion-ends',
    steps: 17,
  },
]

function judged({ scope, platform, parts, property }: Mistake, design: string, driver: string) {
  const proved = proveMachine({ design, driver, scope, platform, parts }, [property], (packing) =>
    makeMemory(packing, 900_000),
  )
  return must(proved).verdicts[0]
}

test.each(mistakes)('$wrong falls, and $right does not', (mistake) => {
  const found = judged(mistake, mistake.wrong, mistake.driver[0])
  expect([found?.verdict, found?.steps]).toEqual(['violated', mistake.steps])
  if (mistake.property !== 'conversion-ends') expect(found?.trace?.header.broken).toMatch(/^snp\./)
  expect(judged(mistake, mistake.right, mistake.driver[1])?.verdict).toBe('held')
})

test('the same order of cut and attribute loses no DMA on TDX, where each frame is checked by itself', () => {
  const [cut] = mistakes
  const onTdx = { ...(cut as Mistake), platform: 'tdx-2021-reading' }
  expect(judged(onTdx, 'hitless-cut/assign-first', 'hitless-cut')?.verdict).toBe('held')
})
