import type { Divergence } from '../../conform/oracle/check.js'
import { noLimits } from '../../conform/protocol/messages.js'
import type { TranscriptAbout } from '../../conform/protocol/transcript.js'

/** For tests: an implementation that finds nothing where it has just mapped a page. */
export const divergence: Divergence = {
  sequence: {
    from: 'random 1',
    setting: { interface: 'iommufd', kvm: 0, pages: 8, superpage: 4, devices: 2, ...noLimits },
    calls: [
      { call: 'map', iovfn: 0, page: 0, count: 1, permissions: 3, flaw: 'none' },
      { call: 'unmap', iovfn: 0, count: 1, flaw: 'none' },
    ],
  },
  answers: [{ outcome: 'ok' }],
  seen: { outcome: 'ENOENT' },
  allowed: [],
}

export const divergenceAbout: TranscriptAbout = {
  target: 't',
  platforms: ['linux-7.2'],
  observes: ['unmapped', 'data'],
  seed: 1,
  why: 'ENOENT, where the model allows ok',
}
