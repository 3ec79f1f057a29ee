import type { Bug } from './bug.js'
import { at, drop } from './operators.js'
import { cve, openvmm } from './sources.js'

const onDemand = { design: 'on-demand-4k', driver: 'type1v2', backing: 'separate' } as const

export const kvmBugs: readonly Bug[] = [
  {
    id: 'K07',
    title: 'One user of a page is not told that it goes',
    sources: [cve('CVE-2026-90040')],
    story:
      "A vCPU's save area lies in guest_memfd, and punching a hole there invalidated all users of the page but this " +
      'one. The page was free, and the control block still pointed to it.',
    plantedIn: onDemand,
    change: [
      drop(at('set-shared', 'each secure EPT entry of call')),
      drop(at('discard-private', 'each secure EPT entry of call')),
    ],
    breaks: 'sept-protocol',
    where: 'guest',
    fix: 'The hole punch reaches the save area as well.',
  },
  {
    id: 'K08',
    title: 'Two faults update what only one may',
    sources: [cve('CVE-2022-45869')],
    story:
      'A fault took the MMU lock for reading, as the direct MMU allows, and ran code that needs it for writing. Two ' +
      'such faults corrupted the lists of pages; here a fault does not see the update that excludes it.',
    plantedIn: { ...onDemand, backing: 'in-place' },
    change: [drop(at('set-private', 'kvm.invalidate-begin'))],
    breaks: 'sept-protocol',
    where: 'guest',
    fix: 'The check for a stale fault is made under the lock for writing.',
  },
  {
    id: 'O04',
    title: 'The flush is left to others, who have not done it',
    sources: [openvmm('1106b0299')],
    story:
      'A TLB flush may be left to the hypervisor unless one is pending, and the test for that was inverted. With a ' +
      'flush pending the caller continued, while a virtual CPU still used the old translation.',
    plantedIn: { ...onDemand, backing: 'in-place' },
    change: [drop(at('set-private', 'kvm.wait-flush'))],
    breaks: 'sept-protocol',
    where: 'flush of vCPUs',
    parts: ['secureEpt'],
    fix: 'The test is the other way round.',
  },
]
