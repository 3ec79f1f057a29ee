import { expect, test } from 'vitest'
import { twoContainers } from '../../designs/host-memory.js'
import { onDemand4k } from '../../designs/on-demand-4k.js'
import { configurations } from '../../search/check/configurations.js'
import type { DesignQuestion } from '../../search/check/machines.js'
import { untriedText } from './untried.js'

/** The fields of the scope that a check says it left off. */
function leftOff(change: Partial<DesignQuestion> = {}): string[] {
  const plain: DesignQuestion = {
    ...{ design: onDemand4k, driver: 'type1v2', backing: 'separate', scope: {}, platform: 'linux-7.2', parts: [] },
    properties: [],
  }
  const names = configurations.map(({ name }) => name)
  const text = untriedText([{ ...plain, ...change }], names, { platform: 'linux-7.2' })
  return /scope ([\w, ]+) \(--scope/.exec(text)?.[1]?.split(', ') ?? []
}

test('a check names each field of the scope that no configuration turns on, such as a second container', () => {
  expect(leftOff()).toEqual(expect.arrayContaining(['lateAts', 'secondContainer', 'timeOuts', 'truncations']))
  const tried = ['failures', 'calls', 'references', 'noops', 'implicit', 'trustedDevices', 'hotplug', 'slotChanges']
  expect(leftOff().filter((name) => tried.includes(name))).toEqual([])
})

test('what the design or an option turns on is no longer among them', () => {
  const without = leftOff().filter((name) => name !== 'secondContainer')
  expect(leftOff({ scope: { secondContainer: true } })).toEqual(without)
  expect(leftOff({ design: twoContainers })).toEqual(without)
})
