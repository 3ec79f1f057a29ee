// What `dmaproof init` writes: a design that violates nothing, as a start, and its two suites. The plans are those of
// designs/on-demand-4k.ts, in words that the package exports.

const design = `// @ts-check
// A design for dmaproof: how a VMM keeps the DMA mappings of a confidential guest while the guest makes pages private
// and shared. It maps what is shared, one mapping a page, and violates nothing. Change its plans to those of your VMM.
//
// The plans, step by step:  npx dmaproof explain @name@
// What plans are made of:   npx dmaproof list calls; also: list ranges, list loops, list steps
// Declare no tests here: commands import this module. Its suites are @name@.test.mjs and @name@.proof.test.mjs.

import { iommufd, loops, ranges, steps, type1v2 } from 'dmaproof'

// Where a step works: on the chunk that is converted, on the page of the loop around it, or on the whole guest.
const { allPages, chunk, page } = ranges

/** @type {import('dmaproof').Plan} */
const unmapEachPage = [{ each: loops.eachMappedPage(chunk), body: [{ call: 'unmap', on: page }] }]

/** @type {import('dmaproof').Plan} */
const mapEachPage = [{ each: loops.eachUnmappedPage(chunk), body: [{ call: 'map', on: page }] }]

/** @type {import('dmaproof').Design} */
export const design = {
  name: '@name@',
  summary: 'Maps what is shared, one mapping a page.',
  source: 'a draft', // who does it so, or who proposed it
  lock: 'one per VM around a conversion', // in words; the plans take it

  // The kernel interfaces and the kinds of guest memory that the design supports; the suites use the first of each.
  drivers: [type1v2, iommufd],
  backings: ['separate', 'in-place'],

  // Before the guest runs: map every page that is shared.
  boot: [{ each: loops.eachSharedUnmappedPage(allPages), body: [{ call: 'map', on: page }] }],

  // DMA ends first, then the attribute changes, then the shared copy is given back. To see a counterexample, move
  // discard-shared up, before ...unmapEachPage: a device then reaches a frame that no page has any more.
  toPrivate: [
    steps.acquire('vm'),
    ...unmapEachPage,
    { call: 'set-private', on: chunk },
    { call: 'discard-shared', on: chunk },
    steps.release('vm'),
  ],

  // Runs when a step of toPrivate has failed: pages of which the guest was told nothing are shared and mapped again.
  undoPrivate: [
    {
      each: loops.eachUnansweredPrivatePage(chunk),
      body: [
        { call: 'set-shared', on: page, fail: 'ignore' },
        { call: 'discard-private', on: page, fail: 'ignore' },
      ],
    },
    { each: loops.eachSharedUnmappedPage(chunk), body: [{ call: 'map', on: page, fail: 'ignore' }] },
  ],

  // The attribute changes first, then the private copy is given back, then DMA may come.
  toShared: [
    steps.acquire('vm'),
    { call: 'set-shared', on: chunk },
    { call: 'discard-private', on: chunk },
    ...mapEachPage,
    steps.release('vm'),
  ],

  // Runs when a step of toShared has failed: no page stays mapped that the guest was not told is shared.
  undoShared: [
    { each: loops.eachUnacknowledgedMappedPage(chunk), body: [{ call: 'unmap', on: page, fail: 'ignore' }] },
    {
      each: loops.eachUnacknowledgedUnmappedPage(chunk),
      body: [
        { call: 'set-private', on: page, fail: 'ignore' },
        { call: 'discard-shared', on: page },
      ],
    },
  ],
}
`

/** The module of a design. @param name of the design, as on a command line */
export const designModule = (name: string): string => design.replaceAll('@name@', name)

/** The random suite. @param file the module of the design, from the project's folder */
export const suiteText = (name: string, file: string): string => `// The random suite of ${name}: one test a property.
// It tries random runs of the machine, and then other configurations: failures, device TLBs, two IOMMU units, ...
//
// A counterexample is shrunk, printed in columns, and saved in .dmaproof/regressions/, where later runs try it first:
// commit that folder. What a property says: npx dmaproof explain no-shared-fault
// DMAPROOF_SEED draws the same runs again, DMAPROOF_RUNS changes their number, DMAPROOF_TIME bounds the seconds.

import { dmaSuite } from 'dmaproof/vitest'
import { design } from './${name}.mjs'

dmaSuite(design, {
  // Names the module in counterexamples, so that the command that they print replays them.
  file: '${file}',
  // A violation that you know of, with the reason; the test then asks that it is found:
  // expected: { 'no-shared-fault': 'a page is unmapped for a moment' },
})
`

/** The exhaustive suite. @param file the module of the design, from the project's folder */
export const proofText = (
  name: string,
  file: string,
): string => `// The proofs of ${name}: every state of a small machine.
// A test that passes says "held", and the scope within which that is so.

import { dmaSuite } from 'dmaproof/vitest'
import { design } from './${name}.mjs'

dmaSuite(design, {
  exhaustive: true,
  // One superpage of two pages, one vCPU and one device: less than a minute. Two vCPUs race, and take far longer.
  scope: { vcpus: 1 },
  file: '${file}',
  // Milliseconds for one property.
  timeoutMs: 300_000,
})
`
