import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { type Design, fullName } from '../../../designs/index.js'
import { onDemandSuperpage } from '../../../designs/on-demand-superpage.js'
import { toPrivateBy, toSharedBy } from '../../../designs/vocabulary/conversions.js'
import { eachMappedPage, eachSharedUnmappedRun } from '../../../designs/vocabulary/loops.js'
import { allPages, chunk, page, run } from '../../../designs/vocabulary/ranges.js'
import { Phase } from '../../../model/machine/state.js'
import { ManualMachine } from '../../../model/testing/manual-machine.js'
import { withDesigns } from '../../catalogue/catalogue.js'
import { buildMachine, type MachineConfigInput } from '../../machine-config.js'
import { checkMachine } from '../../verdict.js'

/** Maps page by page, and unmaps all pages of a request in one call: one flush for several superpages. */
const batched: Design = {
  ...onDemandSuperpage,
  name: 'batched',
  summary: 'Maps what is shared page by page, and unmaps a request of several superpages in one call.',
  source: 'this test',
  wholeRequests: true,
  boot: [{ each: eachSharedUnmappedRun(allPages), body: [{ call: 'map', on: run }] }],
  toPrivate: toPrivateBy([{ call: 'unmap', on: chunk }]),
  undoPrivate: [],
  toShared: toSharedBy([{ call: 'map', on: chunk }]),
  undoShared: [],
}
/** A design that takes the first superpage for all pages of its request. */
const forgetful: Design = {
  ...batched,
  variant: 'forgetful',
  toPrivate: toPrivateBy([
    {
      each: eachMappedPage({ ...chunk, end: (m, s, v) => Math.min(chunk.end(m, s, v), m.perSuper) }),
      body: unmapPage(),
    },
  ]),
}

function unmapPage(): Design['toPrivate'] {
  return [{ call: 'unmap', on: page }]
}

const bySuperpage: Design['boot'] = [
  { each: eachSharedUnmappedRun(allPages, 'superpage'), body: [{ call: 'map', on: run }] },
]

const whole = { pages: 4, pagesPerSuperpage: 2, vcpus: 1, requests: 'both' } as const
const setupOf = (design: Design): MachineConfigInput => ({
  design: fullName(design),
  driver: 'type1v2',
  platform: 'tdx-2021-reading',
  scope: whole,
})

/** The steps of a request for all pages, and how often the guest's vCPU stands between two chunks. */
function convert(design: Design): { readonly taken: readonly string[]; readonly boundaries: number } {
  const hand = new ManualMachine(must(buildMachine(setupOf(design), withDesigns(design))).machine)
  hand.take('guest.convert vcpu=0 gfn=0 count=4 to=private')
  const taken: string[] = []
  let boundaries = 0
  for (;;) {
    if (hand.state.phase[0] === Phase.Boundary) {
      boundaries += 1
      hand.take('kvm.map-gpa.next-chunk vcpu=0')
    }
    if (hand.state.phase[0] !== Phase.Running) return { taken, boundaries }
    const step = hand.next()
    if (step !== undefined) taken.push(step)
    else if (!hand.serveQueue()) throw new Error('it never ends')
  }
}

test('a design that takes requests as a whole unmaps two superpages by one call and one flush', () => {
  const { taken, boundaries } = convert(batched)
  const [flushes, calls] = ['iommu.wait ', 'vfio.unmap-dma '].map((row) => taken.filter((step) => step.startsWith(row)))
  expect([boundaries, flushes?.length, calls]).toEqual([0, 1, ['vfio.unmap-dma vcpu=0 iovfn=0 count=4']])
})

test('without that it is given one superpage after the other', () => {
  const { taken, boundaries } = convert({ ...batched, wholeRequests: false, boot: bySuperpage })
  expect([boundaries, taken.filter((step) => step.startsWith('lock.acquire vcpu=0 lock=vm')).length]).toEqual([1, 2])
})

const judged = ['no-stale-frame', 'single-backing', 'accounts-balance']
const violated = (design: Design): string[] => {
  const options = { seed: 1, runs: 300, length: 80 }
  const found = must(checkMachine(setupOf(design), judged, options, withDesigns(design)))
  return found.flatMap(({ property, verdict }) => (verdict === 'violated' ? [property] : []))
}

test('the search finds a batch that forgets its second superpage, and nothing in one that does not', () => {
  expect(violated(batched)).toEqual([])
  expect(violated(forgetful)).toContain('no-stale-frame')
})
