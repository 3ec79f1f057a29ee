import { afterEach, expect, test, vi } from 'vitest'
import { relation } from '../model/actions/relation.js'
import type { Property } from '../properties/index.js'
import { noStaleFrame } from '../properties/reach.js'
import { golden } from '../report/testing/golden.js'
import type { MachineConfigInput } from '../search/machine-config.js'
import { machines } from '../search/testing/coverage-machines.js'
import { digestOf } from '../search/testing/run-digest.js'

const file = new URL('golden/run-digests.txt', import.meta.url)

afterEach(() => vi.restoreAllMocks())

/** A machine by what it is given beyond the defaults. */
function nameOf({ design, driver, platform, scope, parts = [] }: MachineConfigInput): string {
  const fields = Object.entries(scope ?? {}).map(([field, value]) => `${field}=${value}`)
  return [design, driver, platform, fields.join(' '), ...parts.map((part) => `with ${part}`)].join(' · ')
}

const digest = (setup: MachineConfigInput) => digestOf(setup, { seed: 1, runs: 3, length: 80 })

/** What the golden file has of a machine. */
function linesOf(setup: MachineConfigInput): string {
  const { steps, digest: hash, broken } = digest(setup)
  return [nameOf(setup), `  ${steps} steps, ${hash}`, ...broken.map((one) => `  ${one}`), ''].join('\n')
}

const found = new Map<string, string>()
const named = machines().map((setup) => [nameOf(setup), setup] as const)

test.each(named)('the same seed takes the same runs, and properties say the same of them: %s', (name, setup) => {
  const lines = linesOf(setup)
  found.set(name, lines)
  if (process.env.DMAPROOF_UPDATE !== '1') expect(golden(file, '').includes(lines) ? '' : lines).toBe('')
})

test('the golden file has these machines in their order, and no others', () => {
  const text = named.map(([name]) => found.get(name)).join('')
  expect(text).toBe(golden(file, text))
})

test('a digest tells when a row does less, and when a property sees less', () => {
  const [[, setup]] = named
  const before = digest(setup)
  vi.spyOn(relation['mm.pin-page'], 'apply').mockReturnValueOnce()
  expect(digest(setup).digest).not.toBe(before.digest)
  vi.restoreAllMocks()
  vi.spyOn(noStaleFrame as Required<Property>, 'holdsAt').mockReturnValue(true)
  expect(digest(setup).digest).not.toBe(before.digest)
})
