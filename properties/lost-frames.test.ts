import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { initialState } from '../model/initial-state.js'
import { buildMachine } from '../search/machine-config.js'
import { noFrameIsLost } from './lost-frames.js'

test.each([4, 1024])(
  'of %j pages, a private frame that backs none is lost, and one that another page took is not',
  (pages) => {
    const scope = { pages, pagesPerSuperpage: 4, start: 'private' as const }
    const setup = {
      design: 'on-demand-4k',
      driver: 'type1v2',
      scope,
      platform: 'sev-snp',
      parts: ['secureEpt' as const],
    }
    const { machine: m } = must(buildMachine(setup))
    const s = initialState(m)
    expect(noFrameIsLost(m, s)).toBe(true)
    const [frame = 0] = s.privateFrame.slice(pages - 1)
    s.privateFrame[pages - 1] = 0
    expect(noFrameIsLost(m, s)).toBe(false)
    s.owner[(s.privateFrame[0] ?? 0) - 1] = 0
    s.privateFrame[0] = frame
    expect(noFrameIsLost(m, s)).toBe(true)
  },
)
