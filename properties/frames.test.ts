import { expect, test } from 'vitest'
import { presets } from '../model/machine/platform.js'
import { noFrameIsLost } from './frames.js'
import { byHand } from './testing/by-hand.js'

test.each([4, 1024])(
  'of %j pages, a private frame that backs none is lost, and one that another page took is not',
  (pages) => {
    const scope = { pages, pagesPerSuperpage: 4, start: 'private' as const }
    const { machine: m, state: s } = byHand({ scope, platform: presets['sev-snp'], parts: ['secureEpt'] })
    expect(noFrameIsLost(m, s)).toBe(true)
    const [frame = 0] = s.privateFrame.slice(pages - 1)
    s.privateFrame[pages - 1] = 0
    expect(noFrameIsLost(m, s)).toBe(false)
    s.owner[(s.privateFrame[0] ?? 0) - 1] = 0
    s.privateFrame[0] = frame
    expect(noFrameIsLost(m, s)).toBe(true)
  },
)
