import { eachLeaf } from '../designs/vocabulary/loops.js'
import { eachLeafOfPart, unmapPart } from '../designs/vocabulary/part-loops.js'
import { allPages, area, coveringSuperpages, given } from '../designs/vocabulary/ranges.js'
import { clearLeaf, domain, submitPsi, writeOtherId, writeOtherTables } from '../designs/vocabulary/steps.js'
import type { Bug } from './bug.js'
import { argument, at, drop, insertBefore, loopOver, onlyWhen, replace, swap } from './operators.js'
import { cve, linux, subjectLine } from './sources.js'
import {
  alignedBlock,
  alignedDown,
  domainIsNotZero,
  firstPageOf,
  fromWorkingPage,
  lowBitOf,
  one,
  oneLess,
  pageCount,
  someSuperpageIn,
  startOf,
  zero,
} from './values.js'

const onDemand = { design: 'on-demand-4k', driver: 'type1v2', backing: 'separate' } as const
const bySuperpage = { design: 'on-demand-superpage', driver: 'type1v2', backing: 'separate' } as const
const replacing = { design: 'replace-domain', driver: 'iommufd-replace', backing: 'separate' } as const
const eachArea = 'each mapping of the call'
const unlinked = 'when a table was unlinked'

export const vtD: readonly Bug[] = [
  {
    id: 'V01',
    title: 'The unmap loses its place and skips entries',
    sources: [linux('86dc40c7ea9c', 'iommu/vt-d: Fix unmap_pages support')],
    story:
      'An unmap that goes over several levels of tables continued from its working page, and not from where the ' +
      'entry began. It skipped entries and said that all was unmapped, and their pages were unpinned.',
    plantedIn: onDemand,
    change: [
      loopOver(
        at('unmap', eachArea, 'each part to unmap of area', 'each leaf of part'),
        fromWorkingPage(eachLeafOfPart(unmapPart(area))),
      ),
    ],
    breaks: 'no-stale-frame',
    where: 'raw calls',
    scope: { pagesPerSuperpage: 2 },
    fix: 'The next page is counted from the start of the entry.',
  },
  {
    id: 'V02',
    title: 'Making room for a superpage clears its neighbours',
    sources: [linux('dce043c07ca1', "iommu/vt-d: Fix __domain_mapping()'s usage of switch_to_super_page()")],
    story:
      'A map of a superpage and a few pages more cleared the tables for the whole of its range, not for the ' +
      'superpage alone. Small entries of other mappings in the last table went with them, and DMA to these faulted.',
    plantedIn: onDemand,
    change: [
      insertBefore(at('map', 'each part to map of call'), [
        {
          when: someSuperpageIn(given),
          body: [{ each: eachLeaf(coveringSuperpages, domain), body: [clearLeaf] }],
        },
      ]),
    ],
    breaks: 'accounts-balance',
    where: 'raw calls',
    scope: { pagesPerSuperpage: 2 },
    fix: 'The range is cut at the end of the last superpage in it.',
  },

  {
    id: 'V04',
    title: 'A superpage is written and the old table stays cached',
    sources: [linux('38c527aeb419', 'iommu/vt-d: Force to flush iotlb before creating superpage')],
    story:
      'An unmap left an empty table in place, and a later map wrote a superpage over it without an invalidation. The ' +
      'unit still followed its cached pointer to the old table, found nothing there, and DMA faulted.',
    plantedIn: bySuperpage,
    change: [drop(at('map', unlinked, 'each unit'))],
    breaks: 'no-stale-frame',
    where: 'one superpage, walk cache',
    fix: 'A map that replaces a table flushes it first.',
  },
  {
    id: 'V06',
    title: 'Of several tables only the first is invalidated',
    sources: [linux('ba2374fd2bf3', 'iommu/vt-d: fix range computation when making room for large pages')],
    story:
      'To make room for several superpages the driver computed the range of one, so that the entries behind the ' +
      'first overwrote pointers to tables. Those tables were lost, and stayed in the paging-structure cache.',
    plantedIn: onDemand,
    change: [argument(at('map', unlinked, 'each unit', 'iommu.submit-psi'), 'count', one)],
    breaks: 'no-stale-frame',
    where: 'raw calls',
    scope: { pagesPerSuperpage: 2 },
    parts: ['walkCache'],
    fix: 'The range is as large as all the superpages together.',
  },
  {
    id: 'V07',
    title: 'The old table is left under a new superpage',
    sources: [
      linux('6491d4d02893', 'intel-iommu: Free old page tables before creating superpage'),
      linux('cf27ec930be9'),
    ],
    story:
      'A superpage overwrote the pointer to a table that was still allocated, on Intel as on Arm. The table leaked, ' +
      'and caches that knew it still led there.',
    plantedIn: bySuperpage,
    change: [
      drop(at('map', 'each part to map of call', 'each largest leaf of part', 'when an empty table in the way')),
    ],
    breaks: 'accounts-balance',
    where: 'common pool',
    fix: 'The old table is taken out and freed before the superpage is written.',
  },
  {
    id: 'V09',
    title: 'The size of a device-TLB invalidation is off by one',
    sources: [linux('5d52f482ebb7', 'iommu/vt-d: Fix SVM IOTLB flush handling')],
    story:
      'The descriptor says the size of a range by the lowest zero bit of its address, and the driver computed that ' +
      'bit wrongly. The device kept the translations at the end of the range.',
    plantedIn: onDemand,
    change: [argument(at('unmap', eachArea, 'each unit (2)', 'iommu.submit-device-tlb'), 'count', oneLess(area))],
    breaks: 'no-stale-frame',
    where: 'raw calls, device TLB',
    fix: 'The size is encoded as the specification says.',
  },
  {
    id: 'V10',
    title: 'A context changes and the old domain stays in the IOTLB',
    sources: [
      linux('8798d36', 'iommu/vt-d: Fix incomplete cache flush in intel_pasid_tear_down_entry()'),
      { name: 'Xen 5fc98b9708 (XSA-442)', url: 'https://xenbits.xen.org/xsa/advisory-442.html' },
    ],
    story:
      'When a device left a domain, its PASID or device-table entry was flushed, and of the translations only one ' +
      'kind, or none. What was tagged with the old domain stayed, and the device could use it again.',
    plantedIn: replacing,
    change: [drop(at('unmap', 'each unit'))],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'The translations of the old domain are flushed as well.',
  },
  {
    id: 'V11',
    title: 'An unaligned range needs more than one invalidation',
    sources: [
      {
        name: 'Linux "iommu/vt-d: Fix unaligned addresses for intel_flush_svm_range_dev()" (2d6ffc63f124)',
        url: 'https://lore.kernel.org/all/?q=intel_flush_svm_range_dev',
      },
    ],
    story:
      'An invalidation covers an aligned block of pages, and a range that is not aligned needs several. The driver ' +
      'sent one, and the device kept the translations behind the first block.',
    plantedIn: onDemand,
    change: [argument(at('unmap', eachArea, 'each unit (2)', 'iommu.submit-device-tlb'), 'count', alignedBlock(area))],
    breaks: 'no-stale-frame',
    where: 'raw calls, device TLB',
    scope: { pages: 4 },
    fix: 'A loop sends one invalidation for each aligned block.',
  },
  {
    id: 'V12',
    title: 'Hardware ignores the low bits of an address',
    sources: [linux('288d08e78008', 'iommu/vt-d: Handle non-page aligned address'), linux('1ff00279655d')],
    story:
      'The address of a device-TLB invalidation was not aligned to its size, and hardware ignores the bits below. It ' +
      'invalidated a range that began earlier, and the end of the range stayed cached.',
    plantedIn: onDemand,
    change: [argument(at('unmap', eachArea, 'each unit (2)', 'iommu.submit-device-tlb'), 'iovfn', alignedDown(area))],
    breaks: 'no-stale-frame',
    where: 'raw calls, device TLB',
    scope: { pages: 4 },
    fix: 'The size grows until the aligned block covers the range.',
  },
  {
    id: 'V13',
    title: 'A flush of everything is taken for a flush of a range',
    sources: [linux('0fa1a15fa9b3', 'iommu/vt-d: Fix devTLB flush for vSVA')],
    story:
      'A guest asked for a flush of all that a PASID has, and the device-TLB flush that this implies took the ' +
      'address and size fields of the request, which then mean nothing. All else stayed in the device TLB.',
    plantedIn: replacing,
    change: [
      argument(at('unmap', 'each unit (2)', 'iommu.submit-device-tlb'), 'iovfn', startOf(given)),
      argument(at('unmap', 'each unit (2)', 'iommu.submit-device-tlb'), 'count', pageCount(firstPageOf(given))),
    ],
    breaks: 'no-stale-frame',
    where: 'device TLB, one region',
    fix: 'A flush of everything invalidates the whole device TLB.',
  },
  {
    id: 'V14',
    title: 'A shift loses the upper bits of a range',
    sources: [linux('c8acb28b3313', 'iommu/vt-d: Allow to flush more than 4GB of device TLBs')],
    story:
      'The size of a device-TLB invalidation was shifted as a number of 32 bits, too few for 4 GiB. A large flush ' +
      'became a small one, and the device kept the rest. Here the number has one bit, for a guest of few pages.',
    plantedIn: onDemand,
    change: [argument(at('unmap', eachArea, 'each unit (2)', 'iommu.submit-device-tlb'), 'count', lowBitOf(area))],
    breaks: 'no-stale-frame',
    where: 'raw calls, device TLB',
    fix: 'The shift has 64 bits.',
  },
  {
    id: 'V17',
    title: 'A table is linked before its contents are visible',
    sources: [cve('CVE-2026-45862')],
    story:
      'On a unit that does not snoop caches, the pointer to a new table reached memory before what is in the table. ' +
      'The unit read what lay in memory before as entries.',
    plantedIn: { design: 'hitless-cut', driver: 'hitless-cut', backing: 'separate' },
    change: [swap(at('unmap', 'each cut superpage of call', 'iommu.clflush-tables'), 'iommu.link-table')],
    breaks: 'no-shared-fault',
    where: 'incoherent',
    fix: 'The table is written back before its pointer is stored.',
  },
  {
    id: 'V20',
    title: 'A table is freed and the paging-structure cache is not told',
    sources: [cve('CVE-2025-71202')],
    story:
      'An IOMMU that walks the tables of a process also caches their inner entries, and nothing told it when the ' +
      'kernel freed a table page of its own. The unit followed a pointer to memory that had another owner.',
    plantedIn: bySuperpage,
    change: [argument(at('unmap', eachArea, 'each unit', 'iommu.submit-psi'), 'ih', one)],
    breaks: 'no-stale-frame',
    where: 'common pool',
    fix: 'Freed table pages wait for an invalidation of the unit.',
  },
  {
    id: 'V24',
    title: 'The context cache is flushed for another device',
    sources: [
      cve('CVE-2026-90240'),
      subjectLine('iommu/vt-d: Flush context cache with correct SID when tearing down aliases'),
    ],
    story:
      'A device with aliases has a context entry for each, and teardown flushed the entry of the first for all of ' +
      'them. The others still translated through the domain that they had left.',
    plantedIn: replacing,
    change: [argument(at('unmap', 'each device', 'iommu.submit-context (2)'), 'device', zero)],
    breaks: 'no-stale-frame',
    where: 'context cache',
    scope: { devices: 2 },
    fix: 'Each flush names the alias whose entry changed.',
  },
  {
    id: 'V25',
    title: 'Domain 0 is taken for no domain',
    sources: [linux('bf92df30df90', 'intel-iommu: Only avoid flushing device IOTLB for domain ID 0 in caching mode')],
    story:
      'Domain 0 has a meaning of its own only where not-present entries are cached, but flushes of device TLBs left ' +
      'it out everywhere. Devices of that domain kept what was unmapped.',
    plantedIn: onDemand,
    change: [onlyWhen(at('unmap', eachArea, 'each unit (2)'), domainIsNotZero)],
    breaks: 'no-stale-frame',
    where: 'device TLB',
    fix: 'Domain 0 is left out in caching mode alone.',
  },
  {
    id: 'V27',
    title: 'A wrong bit position selects another granularity',
    sources: [linux('aaa59306b0b7', 'iommu/vt-d: Fix some macros that are incorrectly specified in intel-iommu')],
    story:
      'Macros that build invalidation descriptors shifted fields to the wrong place. Where the driver asked for a ' +
      'domain, hardware read another granularity and invalidated less.',
    plantedIn: replacing,
    change: [replace(at('unmap', 'each unit', 'iommu.submit-dsi'), [submitPsi(firstPageOf(allPages), allPages)])],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'The macros follow the specification.',
  },
  {
    id: 'P17',
    title: 'A live entry is replaced word by word',
    sources: [
      linux('7543ee63e811', 'named by the series 20260120061816.2132558 that fixes it'),
      cve('CVE-2026-45944'),
      cve('CVE-2026-45894'),
    ],
    story:
      'Context and PASID entries that were present were rewritten, or zeroed, by several stores. Hardware that reads ' +
      'between two of them takes the tables of one domain under the id of another.',
    plantedIn: replacing,
    change: [replace(at('unmap', 'each device', 'iommu.attach'), [writeOtherId, writeOtherTables])],
    breaks: 'no-stale-frame',
    where: 'context cache',
    fix: 'Present is cleared and flushed first, then the entry is written.',
  },
]
