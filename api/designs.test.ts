import { designs, fullName } from '../designs/index.js'
import { dmaSuite } from './vitest.js'

const pinned = 'the mapping keeps a frame that the shared backing has let go'
const doubled = 'the shared frame stays beside the private one'

/** What the designs of the thread are known to violate on the machine of the thread, and why. */
const expected: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'pin-all': { 'no-stale-frame': pinned, 'single-backing': 'a discarded page stays pinned, as an orphan' },
  'shared-alias': { 'single-backing': doubled },
  'punch-holes': { 'no-stale-frame': pinned, 'single-backing': 'a hole leaves the pinned page, as an orphan' },
  'on-demand-superpage': { 'no-shared-fault': 'to unshare one page, the superpage around it is unmapped' },
  'on-demand-4k/superpage-at-start': {
    'no-stale-frame': 'the unmap of a page is refused, and that is ignored',
    'single-backing': 'the page that could not be unmapped stays pinned, as an orphan',
  },
  'hitless-cut/page-flush': { 'no-stale-frame': 'a flush of the page leaves the superpage entry in the IOTLB' },
  'deferred-flush': { 'no-stale-frame': 'the page is unpinned before the IOTLB is flushed' },
}

for (const design of designs) dmaSuite(design, { expected: expected[fullName(design)] ?? {} })
