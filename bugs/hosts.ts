import { eachDevice, eachPageOf, eachSharedUnmappedRun } from '../designs/vocabulary/loops.js'
import { allPages, chunk, run } from '../designs/vocabulary/ranges.js'
import type { Bug } from './bug.js'
import { at, callOn, drop, insertAfter, loopOver, moveBefore, noRollback, onlyWhen, replace } from './operators.js'
import { cloudHypervisor, crosvm, issue, openvmm } from './sources.js'
import { firstIteration, never } from './values.js'

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
    id: 'P14',
    title: 'Tables are written through a cache that the unit does not snoop',
    sources: [{ name: 'asterinas/asterinas #3920', url: 'https://github.com/asterinas/asterinas/issues/3920' }],
    story:
      'The kernel reads whether the unit snoops and then makes no use of it: tables are written and never written ' +
      'back. The unit sees old entries, and DMA still reaches pages that were unmapped.',
    plantedIn: onDemand,
    change: [drop(at('unmap', 'each mapping of the call', 'iommu.clflush-tables'))],
    breaks: 'no-stale-frame',
    where: 'incoherent',
    fix: 'Cache lines of changed entries are written back where the unit does not snoop.',
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
    sources: [crosvm('fef85d48c')],
    story:
      'Detaching a domain with several endpoints was done as if it had one. The others stayed attached to the ' +
      'mappings that the VMM took to be gone.',
    plantedIn: replacing,
    change: [loopOver(at('unmap', 'each device'), firstIteration(eachDevice, 'turn'))],
    breaks: 'no-stale-frame',
    where: 'plain',
    scope: { devices: 2 },
    fix: 'All endpoints of the domain are detached.',
  },
  {
    id: 'H04',
    title: 'A device is attached anew and never detached',
    sources: [cloudHypervisor('3fa02b34c')],
    story:
      'A guest that attached an endpoint to another domain left it attached to the old one as well. DMA still ' +
      'went by mappings that the guest had left behind.',
    plantedIn: replacing,
    change: [drop(at('unmap', 'each device', 'iommu.attach'))],
    breaks: 'no-shared-fault',
    where: 'plain',
    fix: 'Attaching detaches from the old domain first.',
  },
  {
    id: 'H10',
    title: 'The regions of an unplugged device are not found',
    sources: [cloudHypervisor('dde5f6ef3')],
    story:
      'At unplug each region was compared with an aggregate, which none of them equals. The DMA mappings of the ' +
      'regions stayed when the regions had gone.',
    plantedIn: { ...onDemand, design: 'on-demand-4k/slots-unmapped' },
    change: [onlyWhen(at('slotRemoved', 'each mapped page of slot'), never)],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'Each region is compared by its own address.',
  },
  {
    id: 'O07',
    title: 'Two unlocks for one lock',
    sources: [openvmm('4c86f8a91')],
    story:
      'The guard of locked pages could be cloned, and each clone unlocked them when it was dropped. The first one ' +
      'unlocked pages while the other still relied on them.',
    plantedIn: onDemand,
    change: [
      moveBefore(at('unmap', 'each mapping of the call', 'each pinned page of area'), 'each part to unmap of area'),
    ],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'The guard cannot be cloned.',
  },
  {
    id: 'O09',
    title: 'The last step can fail, and nothing is taken back',
    sources: [openvmm('acec13faa')],
    story:
      'Registering shared memory with the kernel came after all else was done, and could fail at run time. There was ' +
      'no way back from there.',
    plantedIn: { design: 'fd-offset', driver: 'iommufd-file', backing: 'separate' },
    change: [noRollback('undoShared')],
    breaks: 'conversion-ends',
    where: 'failure',
    fix: 'The step that can fail comes first, or is taken back.',
  },
  {
    id: 'P01',
    title: 'The second life of a shared page',
    sources: [issue('AMDESE/AMDSEV', 109), issue('intel/tdx-linux', 13), issue('canonical/tdx', 395)],
    story:
      'Mappings were made once at start, and each conversion replaced the pages behind shared memory. A driver that ' +
      'was loaded for the second time read zeros, while its device wrote to the pages of its first life.',
    plantedIn: { design: 'shared-alias', driver: 'type1v2', backing: 'separate' },
    change: [insertAfter(at('toPrivate', 'call set-private on chunk'), [{ call: 'discard-shared', on: chunk }])],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'Shared memory keeps its pages, or its mappings follow the conversions.',
  },
  {
    id: 'PE3',
    title: 'Skipped when it comes, not when it goes',
    sources: [issue('NVIDIA/QEMU', 24)],
    story:
      'A region was skipped when regions are mapped, and not when they are unmapped. The unmap of what was never ' +
      'mapped failed: iommufd says ENOENT where type1 says nothing.',
    plantedIn: byIommufd,
    change: [loopOver(at('toPrivate', 'each mapped page of chunk'), eachPageOf(chunk))],
    breaks: 'conversion-ends',
    where: 'requests for what is so',
    fix: 'It is skipped at both.',
  },
]
