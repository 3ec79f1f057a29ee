import { describe, expect, test } from 'vitest'
import { findDesign } from '../../designs/index.js'
import type { MachineConfigInput } from '../machine-config.js'
import { checkedIn10s, violatedBy } from '../testing/proved.js'

/** A design with one fault, and the same without it, on the smallest machine that shows the difference. */
interface Pair {
  readonly wrong: string
  readonly right: string
  /** Each design has its first driver. */
  readonly setup: Omit<MachineConfigInput, 'design' | 'driver'>
  readonly property: string
  /** Where it is the platform that is wrong: the right one. */
  readonly rightPlatform?: string
}

const onePage = { pages: 1, pagesPerSuperpage: 1, vcpus: 2, devices: 1, start: 'shared' } as const

const contextCached: Pair['setup'] = {
  scope: { ...onePage, vcpus: 1 },
  platform: 'tdx-2026-reading',
  parts: ['contextCache'],
}

const pairs: readonly Pair[] = [
  {
    wrong: 'on-demand-4k/cpu-flush-not-awaited',
    right: 'on-demand-4k',
    setup: {
      scope: { ...onePage, backing: 'in-place' },
      platform: 'tdx-2026-reading',
      parts: ['cpuFlush', 'content'],
    },
    property: 'sept-protocol',
  },
  {
    wrong: 'replace-domain/context-not-flushed',
    right: 'replace-domain',
    setup: contextCached,
    property: 'no-stale-frame',
  },
  {
    wrong: 'replace-domain/context-by-words',
    right: 'replace-domain',
    setup: contextCached,
    property: 'no-stale-frame',
  },
  {
    wrong: 'on-demand-4k',
    right: 'on-demand-4k',
    setup: { scope: { ...onePage, vcpus: 1 }, platform: 'tdx-2026-reading', parts: ['unitMessages'] },
    property: 'no-private-reach',
    rightPlatform: 'tdx-2026-reading unitMessages=denied',
  },
]

function setupOf({ setup }: Pair, design: string): MachineConfigInput {
  const driver = findDesign(design)?.drivers[0]?.name
  if (driver === undefined) throw new Error(`no design ${design}`)
  return { ...setup, design, driver }
}

describe.each(pairs)('$wrong with $setup.parts', (pair) => {
  test('falls in random search, and shrinks to the length that breadth-first search proves minimal', () => {
    const setup = setupOf(pair, pair.wrong)
    const { verdict, steps } = checkedIn10s(setup, pair.property)
    expect([verdict, { [pair.property]: steps }]).toEqual(['violated', violatedBy(setup, [pair.property])])
  })

  test('without its fault holds in all states', () => {
    const platform = pair.rightPlatform ?? pair.setup.platform
    expect(violatedBy({ ...setupOf(pair, pair.right), platform }, [pair.property])).toEqual({})
  })
})
