import type { Bug } from './bug.js'
import { at, drop } from './operators.js'
import { cve } from './sources.js'

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
      'such faults at once corrupted the lists of pages.',
    plantedIn: onDemand,
    change: [drop(at('set-shared', 'lock.acquire mmu'))],
    breaks: 'sept-protocol',
    where: 'guest',
    fix: 'The check for a stale fault is made under the lock for writing.',
  },
]
