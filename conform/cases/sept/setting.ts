import type { TestSetup } from '../../oracle/machine.js'
import { type Hello, noLimits } from '../../protocol/messages.js'

/** Few enough that calls meet. */
const most = { pages: 4, vcpus: 2 } as const

/** A TD of as many pages as frames, all by 4 KiB entries. */
export function septSetting({ pages, vcpus = 1 }: Pick<Hello, 'pages' | 'vcpus'>): TestSetup {
  const sizes = { pages: Math.min(most.pages, pages), superpage: 1, vcpus: Math.min(most.vcpus, vcpus) }
  return { interface: 'sept', kvm: 0, ...sizes, devices: 1, ...noLimits }
}
