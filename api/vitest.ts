/**
 * The suite of a design for vitest, which is a peer of the package, as `@fast-check/vitest` is.
 *
 * @module dmaproof/vitest
 */

export type { SuiteOptions } from './suite-options.js'

/** Node names a package that is not there at the file that imports it: here, at one that users cannot change. */
function nameMissingPeer(error: unknown): never {
  const [, peer] = /Cannot find package '((?:@fast-check\/)?vitest)'/.exec(String(error)) ?? []
  if (peer === undefined) throw error
  throw new Error(`dmaproof/vitest needs the package ${peer}; install it: npm i -D vitest @fast-check/vitest`)
}

/**
 * Declares the suite of a design: one test a property, named by the property. A test searches random runs, and then
 * the other configurations of the machine (`dmaproof list configurations`). It fails with the shrunk counterexample,
 * which is saved and tried first the next time, or if the property was never tested.
 *
 * @example
 * import { dmaSuite } from 'dmaproof/vitest'
 * dmaSuite(mine, { expected: { 'no-shared-fault': 'a page is unmapped for a moment' } })
 */
export const dmaSuite: typeof import('./dma-suite.js').dmaSuite = (
  await import('./dma-suite.js').catch(nameMissingPeer)
).dmaSuite
