import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { kinds } from '../model/actions/relation.js'
import { enabled } from '../model/actions/step.js'
import { initialState } from '../model/initial-state.js'
import { encode } from '../model/machine/action.js'
import { errnoNames } from '../model/machine/errno.js'
import { buildMachine } from './machine-config.js'
import { StepRecorder } from './step-effects.js'

test('a call of a driver that fails is recorded with its rule, whichever errno it ends with', () => {
  const { machine: m } = must(
    buildMachine({
      design: 'on-demand-4k',
      driver: 'type1v2',
      platform: 'linux-7.2',
      scope: { pages: 2, pagesPerSuperpage: 2, vcpus: 1, calls: true },
    }),
  )
  const s = initialState(m)
  const recorder = new StepRecorder(m, s)
  const errnos = new Set<string | undefined>()
  for (let at = 0; at < 4000; at += 1) {
    const actions = enabled(m, s)
    const action = actions[(at * 7919) % actions.length]
    if (action === undefined) break
    const { effects } = recorder.record(must(encode(kinds, action)))
    expect(effects?.callFailed !== undefined).toBe(m.event.callFailed !== 0)
    if (m.event.callFailed === 0) continue
    errnos.add(errnoNames[m.event.callFailed])
    expect(effects?.callFailed?.rule).toMatch(/^[a-z0-9-]+\.[a-z0-9-]+\/[a-z0-9-]+$/)
  }
  expect([...errnos].toSorted()).toEqual(expect.arrayContaining(['EEXIST', 'EINVAL']))
})
