import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { twoContainers } from '../../designs/host-memory.js'
import { onDemand4k } from '../../designs/on-demand-4k.js'
import { builtIn } from '../../search/catalogue/catalogue.js'
import { configurations } from '../../search/check/configurations.js'
import type { DesignQuestion } from '../../search/check/machines.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'
import { Check } from './check.js'
import { untriedText } from './untried.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))

const plain: DesignQuestion = {
  ...{ design: onDemand4k, driver: 'type1v2', backing: 'separate', scope: {}, platform: 'linux-7.2', parts: [] },
  properties: [],
}

/** The fields of the scope that a check says it left off. */
function leftOff(change: Partial<DesignQuestion> = {}): string[] {
  const names = configurations.map(({ name }) => name)
  const text = untriedText([{ ...plain, ...change }], names, { platform: 'linux-7.2' })
  return /scope ([\w, ]+) \(--scope/.exec(text)?.[1]?.split(', ') ?? []
}

test('a check names each field of the scope that no configuration turns on, such as a second container', () => {
  expect(leftOff()).toEqual(expect.arrayContaining(['lateAts', 'secondContainer', 'queueErrors', 'truncations']))
  const tried = ['failures', 'calls', 'references', 'noops', 'implicit', 'trustedDevices', 'hotplug', 'slotChanges']
  expect(leftOff().filter((name) => tried.includes(name))).toEqual([])
})

test('what the design or an option turns on is no longer among them', () => {
  const without = leftOff().filter((name) => name !== 'secondContainer')
  expect(leftOff({ scope: { secondContainer: true } })).toEqual(without)
  expect(leftOff({ design: twoContainers })).toEqual(without)
})

const ran = async (...words: string[]) => {
  const one = fakeIo()
  const status = await run(['check', ...words, '--jobs', '0', '--fresh', '--save', folder], one)
  return { status, ...one.said() }
}

test('a check whose time is over names how many configurations it did not begin', async () => {
  const names = configurations.map(({ name }) => name)
  const question = { ...plain, properties: ['no-stale-frame', 'accounts-balance'] }
  const bounds = { length: 160, seed: 1, save: folder, jobs: 0, time: 0, fresh: true }
  const { unbegun } = await new Check(fakeIo(), [question], names, bounds, builtIn).run()
  expect(unbegun).toHaveLength(1)
  expect(unbegun[0]?.configurations).toHaveLength((unbegun[0]?.of ?? 0) - 1)
  expect(unbegun[0]?.configurations).not.toContain('plain')
  expect(untriedText([question], names, { platform: 'linux-7.2' }, unbegun)).toMatch(
    /on-demand-4k with type1v2, separate, in (\d+) of \d+ configurations, for want of time \(--time\);/,
  )
})

test('a check that comes to its end has begun all', async () => {
  const tiny = ['--runs', '1', '--scope', 'pages=1,pagesPerSuperpage=1,vcpus=1']
  const { status, out } = await ran('on-demand-4k', '--property', 'entry-limit', ...tiny)
  expect([status, out.includes('for want of time')]).toEqual([0, false])
})

test('a check is refused whose configuration judges nothing of what was asked for', async () => {
  const asked = ['on-demand-4k', '--configuration', 'hotplug', '--property', 'conversion-ends']
  const { status, out, err } = await ran(...asked)
  expect([status, out]).toEqual([2, ''])
  expect(err).toContain('no property that was asked for is judged in these configurations')
  expect((await ran('hitless-cut', ...asked.slice(1), '--runs', '5')).status).toBe(0)
})
