import { eachDevice, eachSharedUnmappedRun } from '../designs/vocabulary/loops.js'
import { allPages, chunk, run } from '../designs/vocabulary/ranges.js'
import type { Bug } from './bug.js'
import { at, callOn, drop, loopOver, moveBefore, noRollback, replace } from './operators.js'
import { cloudHypervisor, issue } from './sources.js'
import { onlyFirst } from './values.js'

const onDemand = { design: 'on-demand-4k', driver: 'type1v2', backing: 'separate' } as const
const byIommufd = { ...onDemand, driver: 'iommufd' } as const
const version1 = { ...onDemand, driver: 'type1v1' } as const
const replacing = { design: 'replace-domain', driver: 'iommufd-replace', backing: 'separate' } as const

/** Cloud Hypervisor, crosvm, OpenVMM, SPDK and Kata. */
export const hostSoftware: readonly Bug[] = [
  {
    id: 'H01',
    title: 'A map that fails half-way leaves its first half',
    sources: [cloudHypervisor('f77f16853')],
    story:
      'A map over several endpoints failed at one of them, and those before it stayed mapped. What the VMM had ' +
      'recorded was no longer what VFIO had.',
    plantedIn: byIommufd,
    change: [noRollback('undoShared')],
    breaks: 'conversion-ends',
    where: 'failure',
    fix: 'The maps before the one that failed are taken back.',
  },
  {
    id: 'H09',
    title: 'The wrong one of two backings is discarded',
    sources: [cloudHypervisor('547a78999')],
    story:
      'A memfd mapped privately has each touched page twice, and punching a hole freed the one that was not in use. ' +
      'The memory of the guest stayed allocated twice.',
    plantedIn: onDemand,
    change: [replace(at('toPrivate', 'call discard-shared on chunk'), [{ call: 'discard-private', on: chunk }])],
    breaks: 'single-backing',
    where: 'plain',
    fix: 'The change that created the second backing was reverted.',
  },
  {
    id: 'P05',
    title: 'The attribute is changed, and the discard fails',
    sources: [issue('microsoft/openvmm', 3970)],
    story:
      'The VMM set the attribute first and freed the stale side after it. When freeing failed the guest was told no, ' +
      'although the page had changed sides.',
    plantedIn: byIommufd,
    change: [noRollback('undoPrivate')],
    breaks: 'conversion-ends',
    where: 'failure',
    fix: 'The error stayed, as what conversion in place will do away with; the model sets the attribute back.',
  },
  {
    id: 'P07',
    title: 'The last device goes, and the next finds nothing mapped',
    sources: [issue('cloud-hypervisor/cloud-hypervisor', 7328), issue('spdk/spdk', 2086)],
    story:
      'The kernel drops container and mappings with the last device, and the VMM still believed in them. The next ' +
      'device that was plugged in faulted at its first DMA.',
    plantedIn: { design: 'on-demand-4k/replays', driver: 'type1v2', backing: 'separate' },
    change: [drop(at('added after', 'each shared, unmapped page of all pages'))],
    breaks: 'no-shared-fault',
    where: 'plain',
    fix: 'What is shared is mapped again when a first device comes.',
  },
  {
    id: 'P08',
    title: 'An unmap of a part succeeds and does nothing',
    sources: [issue('spdk/spdk', 1705), issue('spdk/spdk', 2075), issue('spdk/spdk', 3061)],
    story:
      'VFIO type1 version 1 answers an unmap inside a mapping with success and size 0, and SPDK read only the ' +
      'success. The memory went back to the system while the device still wrote to it.',
    plantedIn: version1,
    change: [
      loopOver(at('boot', 'each shared, unmapped page of all pages'), eachSharedUnmappedRun(allPages)),
      callOn(at('boot', 'each shared, unmapped run of all pages', 'call map on page'), run),
    ],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'Memory is mapped in the pieces in which it is freed.',
  },
  {
    id: 'P20',
    title: 'Memory goes before its DMA mapping does',
    sources: [issue('microsoft/openvmm', 3367)],
    story:
      'Review found that one of two paths unmapped memory from the VMM before it unmapped it from the IOMMU. A DMA ' +
      'in between reached a page that no longer belonged to the guest.',
    plantedIn: onDemand,
    change: [moveBefore(at('toPrivate', 'call discard-shared on chunk'), 'each mapped page of chunk')],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'Both paths unmap DMA first, as the other path did already.',
  },
  {
    id: 'R02',
    title: 'Of several devices of a domain one is moved',
    sources: [{ name: 'crosvm fef85d48c', url: 'https://chromium.googlesource.com/crosvm/crosvm/+/fef85d48c' }],
    story:
      'Detaching a domain with several endpoints was done as if it had one. The others stayed attached to the ' +
      'mappings that the VMM took to be gone.',
    plantedIn: replacing,
    change: [loopOver(at('unmap', 'each device'), onlyFirst(eachDevice, 'turn'))],
    breaks: 'no-stale-frame',
    where: 'plain',
    scope: { devices: 2 },
    fix: 'All endpoints of the domain are detached.',
  },
]
