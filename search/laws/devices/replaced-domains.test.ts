import { expect, test } from 'vitest'
import type { ScopeInput } from '../../../model/machine/scope.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'

const onePage = { pages: 1, pagesPerSuperpage: 1, vcpus: 1, devices: 1 } as const

const setupOf = (
  design: string,
  { scope = {}, ...more }: { scope?: ScopeInput } & Partial<Pick<MachineConfigInput, 'platform' | 'parts'>> = {},
): MachineConfigInput => ({
  design: `replace-domain/${design}`,
  driver: `iommufd-replace-${design}`,
  platform: 'tdx-2021-reading',
  ...more,
  scope: { ...onePage, ...scope },
})

const lateAts = (design: string, replaceHitless = true, scope: ScopeInput = {}): MachineConfigInput =>
  setupOf(design, {
    scope: { ...scope, lateAts: true },
    platform: `tdx-2021-reading ats=true replaceHitless=${replaceHitless}`,
    parts: ['contextCache'],
  })

/** The verdict of random search, and the length that breadth-first search proves minimal. */
const proved = ['no-private-reach', 'no-stale-frame', 'calls-as-promised', 'accounts-balance']

function falls(setup: MachineConfigInput): void {
  const { verdict, steps } = checkedIn10s(setup, 'no-stale-frame')
  expect([verdict, { 'no-stale-frame': steps }]).toEqual(['violated', violatedBy(setup, ['no-stale-frame'])])
}

test('a device whose ATS comes on before its context entry is flushed keeps what the entry before led to', () => {
  falls(lateAts('ats-before-flush'))
})

test('one whose ATS comes on behind that flush needs none of its own TLB', () => {
  for (const replaceHitless of [true, false]) {
    expect([replaceHitless, violatedBy(lateAts('ats-after-flush', replaceHitless), proved)]).toEqual([
      replaceHitless,
      {},
    ])
  }
})

test('an id that is free with what is cached under it leads the next domain to what that had', () => {
  const one = setupOf('id-flushed-by-page', { scope: { requests: 'pages' } })
  expect(violatedBy(one, ['no-stale-frame'])).toEqual({})
  falls({ ...one, scope: { ...one.scope, pages: 2 } })
})

test('one that is flushed as a whole before it is free does not', () => {
  const scope = { ...onePage, pages: 2, requests: 'pages' } as const
  const setup = { design: 'replace-domain', driver: 'iommufd-replace', platform: 'tdx-2021-reading', scope }
  expect(violatedBy(setup, proved)).toEqual({})
})
