/** @module-tag long */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import {
  conform,
  type InterfaceName,
  type OpenTarget,
  objectTarget,
  processTarget,
  type Report,
} from '../api/protocol.js'
import { type PageTableBug, pageTable } from './page-table.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'dmaproof-examples-'))
afterAll(() => rmSync(folder, { recursive: true }))

const exists = (command: string): boolean => spawnSync(command, ['--version']).status === 0
const hasCompiler = exists('cc')

const started = (command: string): OpenTarget => processTarget({ command, timeout: 30 })

async function run(open: OpenTarget, on: InterfaceName, runs = 1000): Promise<Report> {
  const result = await conform(open, { interface: on, runs, seed: 1 })
  if (!result.ok) throw new Error(result.problem.message)
  return result.value
}

/** The right one conforms; the one with the bug does not, and few calls show it. */
async function expectBugFound(
  right: OpenTarget,
  wrong: OpenTarget,
  calls: number,
  on: InterfaceName = 'page-table',
): Promise<void> {
  expect((await run(right, on)).divergences).toEqual([])
  const { divergences } = await run(wrong, on)
  const lengths = divergences.map(({ divergence }) => divergence.sequence.calls.length)
  expect(Math.min(...lengths)).toBeLessThanOrEqual(calls)
}

// `cc` is the one thing that npm does not bring; without it the name says that this was not tried.
const inC = 'the page table in C conforms, and its unaligned flush is found'
test.runIf(hasCompiler)(hasCompiler ? inC : 'the page table in C was not tried: there is no cc here', async () => {
  const program = join(folder, 'page_table')
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, join(here, 'page_table.c')])
  await expectBugFound(started(program), started(`${program} unaligned-flush`), 4)
})

test('the page table in Python conforms, and its wrong cursor is found', async () => {
  const program = `python3 ${join(here, 'page_table.py')}`
  await expectBugFound(started(program), started(`${program} wrong-cursor`), 3)
})

test.each<[PageTableBug, calls: number]>([
  ['short-unmap', 2],
  ['attach-moves', 1],
  ['replace-keeps', 3],
  ['detach-stays', 3],
  ['wrong-domain', 2],
])('the page table in TypeScript conforms, and %s is found', async (bug, calls) => {
  await expectBugFound(
    objectTarget(() => pageTable()),
    objectTarget(() => pageTable(bug)),
    calls,
  )
})

const inPython = (words: string): OpenTarget => started(`python3 ${here}${words}`)
const module = 'secure_ept.py'
const rmm = 'rmm.py'

test.each([
  [module, 'sept'],
  [module, 'sept-2.0'],
  [rmm, 'rmm'],
  [`${rmm} interrupted`, 'rmm'],
  [`${rmm} interrupted-twice`, 'rmm'],
  [rmm, 'rmm-1.0'],
] as const)('%s conforms on %s', async (program, on) => {
  expect((await run(inPython(program), on)).divergences).toEqual([])
})

// Where more than four calls are needed, no sequence of fewer shows the fault. A removal that is too early: a vCPU
// enters, and the page is added, blocked, tracked, removed. For a device the guest must have accepted a page first: an
// entry that is kept is blocked, and its invalidation asked for and counted, before the device reads; an invalidation
// that is lost is one of a page that the device has used, and that is blocked before the device reads it. What the
// IOMMU has cached by an entry shows once the entry is back, and the page is not.
test.each([
  [module, 'sept', 'early-removal', 5, 'tdx.page-remove/needs-tracking'],
  [module, 'sept', 'owned-frame', 2, 'tdx.pamt/needs-nda'],
  [module, 'sept', 'no-block', 2, 'tdx.page-remove/needs-block'],
  [module, 'sept', 'no-tracking', 3, 'tdx.page-remove/needs-tracking'],
  [module, 'sept', 'kept-content', 3, 'tdx.page-accept/pending-to-mapped'],
  [module, 'sept', 'epoch-skipped', 3, 'tdx.track/previous-epoch-busy'],
  [module, 'sept', 'as-2.0', 2, 'tdx.track/iotlb-busy'],
  [module, 'sept', 'as-2.0', 4, 'tdx.page-remove/needs-iotlb-tracking'],
  [module, 'sept-2.0', 'as-1.5', 2, 'tdx.track/iotlb-busy'],
  [module, 'sept-2.0', 'as-1.5', 4, 'tdx.page-remove/needs-iotlb-tracking'],
  [module, 'sept-2.0', 'owed-removal', 4, 'tdx.page-remove/needs-iotlb-tracking'],
  [module, 'sept-2.0', 'owed-track', 2, 'tdx.track/iotlb-busy'],
  [module, 'sept-2.0', 'entry-owed', 2, 'tdx.dmar/remove-invalidated'],
  [module, 'sept-2.0', 'kept-entry', 6, 'tdx.dma/trusted-walks-secure-ept'],
  [module, 'sept-2.0', 'lost-request', 8, 'tdx.dma/trusted-walks-secure-ept'],
  [module, 'sept-2.0', 'entry-cached', 11, 'tdx.dma/trusted-walks-secure-ept'],
  [rmm, 'rmm', 'delegate-twice', 2, 'cca.granule/delegate-from-ns'],
  [rmm, 'rmm', 'undelegate-data', 3, 'cca.granule/undelegate-from-delegated'],
  [rmm, 'rmm', 'no-scrub', 4, 'cca.granule/undelegate-scrubs'],
  [rmm, 'rmm', 'map-host', 1, 'cca.rtt/data-map-needs-delegated'],
  [rmm, 'rmm', 'keep-data', 4, 'cca.rtt/data-map-zeroes'],
  [rmm, 'rmm', 'keep-ripas', 4, 'cca.rtt/unmap-destroys'],
  [rmm, 'rmm', 'no-consent', 4, 'cca.ripas/destroyed-needs-consent'],
  [rmm, 'rmm', 'interrupted early-release', 4, 'cca.granule/undelegate-from-delegated'],
  [rmm, 'rmm', 'interrupted mark-ignored', 4, 'cca.rtt/mark-blocks'],
  [rmm, 'rmm', 'unprot-over', 2, 'cca.rtt/unprot-map-needs-unassigned'],
  [rmm, 'rmm', 'unprot-no-tlbi', 4, 'cca.ipa/unprotected-exits'],
  [rmm, 'rmm', 'interrupted unprot-mark-ignored', 3, 'cca.rtt/unprot-map-needs-unassigned'],
  [rmm, 'rmm', 'create-host', 2, 'cca.rtt/create-needs-delegated'],
  [rmm, 'rmm', 'create-twice', 2, 'cca.rtt/create-needs-no-table'],
  [rmm, 'rmm', 'table-free', 4, 'cca.granule/undelegate-from-delegated'],
  [rmm, 'rmm', 'destroy-live', 3, 'cca.rtt/destroy-needs-idle'],
  [rmm, 'rmm', 'destroy-keeps-ripas', 2, 'cca.rtt/destroy-loses-ripas'],
  [rmm, 'rmm', 'destroy-no-tlbi', 4, 'cca.ipa/unprotected-exits'],
  [rmm, 'rmm', 'fold-mixed', 2, 'cca.rtt/fold-needs-same'],
  [rmm, 'rmm', 'as-1.0', 1, 'cca.rtt/data-destroy-needs-assigned-1-0'],
  [rmm, 'rmm-1.0', 'as-2.0', 1, 'cca.rtt/data-destroy-needs-assigned-1-0'],
  [rmm, 'rmm-1.0', 'as-2.0', 2, 'cca.rtt/unprot-map-needs-unassigned-1-0'],
  [rmm, 'rmm-1.0', 'unprot-over', 2, 'cca.rtt/unprot-map-needs-unassigned-1-0'],
  [rmm, 'rmm-1.0', 'keep-ripas', 4, 'cca.rtt/unmap-destroys'],
] as const)('%s on %s: %s is found in %i calls, and named by %s', async (program, on, words, calls, rule) => {
  const { divergences } = await run(inPython(`${program} ${words}`), on, 0)
  const named = divergences.filter(({ divergence }) =>
    divergence.allowed.some(({ rules }) => rules.some(({ id }) => id === rule)),
  )
  expect(Math.min(...named.map(({ divergence }) => divergence.sequence.calls.length))).toBe(calls)
})

test.each([module, rmm, 'page_table.py'])('%s refuses a word that plants no fault', async (program) => {
  const opened = await inPython(`${program} planted`)()
  expect(opened).toMatchObject({ kind: 'died', stderr: expect.stringContaining('no such word: planted; there are: ') })
})
