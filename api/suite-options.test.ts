import { expect, test } from 'vitest'
import { problemText } from '../base/result.js'
import { onDemand4k } from '../designs/on-demand-4k.js'
import { properties } from '../properties/index.js'
import { type SuiteOptions, suiteSettings } from './suite-options.js'

const mine = { ...onDemand4k, name: 'mine' }
/** As from JavaScript, where no type stands in the way. */
const settings = (options: object, env: Readonly<Record<string, string>> = {}) =>
  suiteSettings(mine, options as SuiteOptions, env)
const saidOf = (options: object, env: Readonly<Record<string, string>> = {}): string => {
  const read = settings(options, env)
  return read.ok ? 'accepted' : problemText(read.problem)
}

test.each<[object, string]>([
  [{ run: 5 }, 'run: found an option that there is not, expected driver, backing, platform'],
  [{ runs: 0 }, 'runs: found 0, expected '],
  [{ runs: -5 }, 'runs: found -5, expected '],
  [{ runs: 'x' }, 'runs: found "x", expected number'],
  [{ length: 1.5 }, 'length: found 1.5, expected int'],
  [{ time: 0 }, 'time: found 0, expected '],
  [{ timeoutMs: -1 }, 'timeoutMs: found -1, expected '],
  [{ seed: Number.NaN }, 'seed: found null, expected number'],
  [{ exhaustive: 'yes' }, 'exhaustive: found "yes", expected boolean'],
  [{ configurations: 'some' }, 'configurations: found "some", expected one of "all"|"plain"'],
  [{ properties: ['no-stale-frame'] }, 'properties.0: found "no-stale-frame", expected a property'],
  [{ properties: [] }, 'properties: found [], expected one at least'],
  [{ properties: [{ ...properties[0] }] }, 'properties: the name "no-private-reach" is taken'],
  [{ parts: ['tlb'] }, 'parts.0: found "tlb", expected one of'],
  [{ driver: 'vfio' }, 'driver: mine has no driver "vfio"; it has type1v2'],
  [{ backing: 'both' }, 'backing: found "both", expected one of'],
  [{ platform: 'linux-9' }, 'platform: found "linux-9", expected one of'],
  [{ platform: 'linux-7.2 drian=none' }, 'platform: no field "drian"'],
  [{ scope: { pags: 4 } }, 'scope: found "pags", expected no such field'],
  [{ scope: { pages: 3 } }, 'scope.pages: found 3, expected a multiple'],
  [{ lock: 'vm' }, 'lock: found "vm", expected "none"'],
  [{ expected: { 'no-such': 'because' } }, 'expected: the suite has no property "no-such"; it has no-private-reach'],
])('%o is refused in a sentence', (options, says) => {
  expect(saidOf(options)).toContain(says)
  expect(saidOf(options)).not.toContain('\n')
})

test('a name that a design of this package has is refused, unless it is that design', () => {
  const read = suiteSettings({ ...onDemand4k }, {}, {})
  expect(read).toMatchObject({
    problem: { message: 'name: "on-demand-4k" is a design of dmaproof; expected a name of its own' },
  })
  expect(suiteSettings(onDemand4k, {}, {}).ok).toBe(true)
})

test('the environment says seed, runs, time and pages where the options do not', () => {
  const env = { DMAPROOF_SEED: '7', DMAPROOF_RUNS: '900', DMAPROOF_TIME: '30' }
  expect(settings({}, env)).toMatchObject({ value: { seed: 7, runs: 900, time: 30, timeoutMs: 90_000 } })
  expect(settings({ seed: 1, runs: 2, time: 3 }, env)).toMatchObject({ value: { seed: 1, runs: 2, time: 3 } })
  expect(settings({}, { DMAPROOF_PAGES: 'a' })).toMatchObject({ value: { pages: 'a' } })
  expect(settings({ pages: 'b' }, { DMAPROOF_PAGES: 'a' })).toMatchObject({ value: { pages: 'b' } })
  expect(settings({}, { DMAPROOF_PAGES: '' })).toMatchObject({ value: { pages: undefined } })
  expect(settings({}, { DMAPROOF_RUNS: '' })).toMatchObject({ value: { runs: 200, time: Number.POSITIVE_INFINITY } })
})

test.each([
  ['DMAPROOF_SEED', 'x', 'a whole number'],
  ['DMAPROOF_RUNS', '0', 'a whole number above 0'],
  ['DMAPROOF_RUNS', '1.5', 'a whole number above 0'],
  ['DMAPROOF_TIME', '-1', 'seconds above 0'],
])('%s=%s is refused', (name, text, expected) => {
  expect(saidOf({}, { [name]: text })).toBe(`${name}: found "${text}", expected ${expected}`)
})
