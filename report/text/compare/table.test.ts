import { expect, test } from 'vitest'
import { architectureNames, platformOfArchitecture } from '../../../search/compare/architectures.js'
import type { Verdict, VerdictName } from '../../../search/verdict.js'
import { makePaint } from '../paint.js'
import { table } from './table.js'

const base: Verdict = {
  design: 'pin-all',
  variant: '',
  driver: 'type1v2',
  backing: 'separate',
  guest: 'cooperative',
  lock: 'vm',
  scope: '4 pages in 2 superpages',
  sizes: {},
  platform: 'tdx-2021-reading',
  parts: [],
  property: 'no-private-reach',
  verdict: 'none-found',
  steps: null,
  runs: 1,
  seed: 1,
  why: '',
}
const of = (verdict: VerdictName, more: Partial<Verdict> = {}): Verdict => ({ ...base, ...more, verdict })
const names = ['no-private-reach', 'no-stale-frame']

test('platforms that agree share a row, what cuts across stands below, what cannot be names its rule', () => {
  const stale = { property: 'no-stale-frame' }
  const other = { platform: 'tdx-2026-reading' }
  const cells = [
    { verdicts: [of('none-found'), of('violated', stale)] },
    { verdicts: [of('none-found', other), of('violated', { ...stale, ...other })] },
    { verdicts: [of('not-applicable', { backing: 'in-place', why: 'It cannot. [kvm.in-place/not-in-7.2]' })] },
    { asks: 'what if', verdicts: [of('vacuous', { lock: 'none', platform: 'linux-7.2 drain=none' })] },
  ]
  expect(table(cells, names, makePaint(false)).split('\n')).toEqual([
    '                  no-private-reach',
    '                  │ no-stale-frame',
    'pin-all',
    ' type1v2 separate · ✗ tdx-2021-reading, tdx-2026-reading',
    '         in-place – kvm.in-place/not-in-7.2 tdx-2021-reading',
    '',
    '                  no-private-reach',
    '                  │ no-stale-frame',
    '',
    'what if (no lock, separate)',
    'pin-all',
    ' type1v2 separate ∅   drain=none: linux-7.2',
    '',
    '✗ violated: The search found a run after which the property does not',
    '  hold: the counterexample.',
    '· none-found: A search that did not see every state found no violation;',
    '  that is no proof.',
    '∅ vacuous: No run reached what the property is about, so that it holds',
    '  of nothing.',
    '– not-applicable: A rule makes the combination of design, driver,',
    '  backing and platform impossible.',
    '',
  ])
})

test('platforms that do not fit in the line of a mail stand below', () => {
  const platforms = ['tdx-2021-reading', 'tdx-2026-reading', 'linux-7.2 drain=none', 'qemu-vtd drain=none']
  const cells = platforms.map((platform) => ({ verdicts: [of('held', { platform })] }))
  const lines = table(cells, names, makePaint(false)).split('\n')
  expect(lines.slice(2, 6)).toEqual([
    'pin-all',
    ' type1v2 separate ✓',
    '      tdx-2021-reading, tdx-2026-reading; drain=none: linux-7.2,',
    '      qemu-vtd',
  ])
})

test('in a table of architectures each platform stands for its architecture', () => {
  const platforms = Object.values(platformOfArchitecture)
  const rows = (more: readonly string[]) =>
    table(
      [...platforms, ...more].map((platform) => ({ verdicts: [of('held', { platform })] })),
      names,
      makePaint(false),
    )
  expect(rows([])).toContain(architectureNames.join(', ').slice(0, 40))
  expect(rows([])).not.toContain('replaceHitless')
  expect(rows(['linux-7.2'])).toContain('linux-7.2; replaceHitless=true:')
})

test('colours do not move a column', () => {
  const cells = [{ verdicts: [of('violated'), of('none-found', { property: 'no-stale-frame' })] }]
  const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')
  const plain = table(cells, names, makePaint(false))
  const coloured = table(cells, names, makePaint(true))
  expect(coloured).not.toBe(plain)
  expect(coloured.replaceAll(colour, '')).toBe(plain)
})
