import { isSuperpage, leafAt, pdeIndex } from '../../model/memory/page-table.js'
import { fill, keyDomain, keyFirst, keyIsLarge } from '../../model/memory/tlb.js'
import type { CandidateState } from './candidate-state.js'

/**
 * Keeps a call from dropping IOTLB entries that it did not change. How much a driver flushes beyond that is its own
 * choice: an address mask covers powers of two only, and a flush may go run by run of frames. The oracle keeps the
 * largest cache, so entries that were cached before the call and still match the tables are put back.
 *
 * @returns a function that puts them back, to be called after the call
 */
export function keepIotlbUpperBound({ machine: m, state: s }: CandidateState): () => void {
  const keys = s.iotlbKey.slice()
  const leaves = s.iotlbLeaf.slice()
  return () => {
    for (const [slot, key] of keys.entries()) {
      if (key === 0) return
      const leaf = leaves[slot] ?? 0
      const [domain, first] = [keyDomain(m, key), keyFirst(m, key)]
      const isGone = keyIsLarge(key) && !isSuperpage(s.pde[pdeIndex(m, domain, first)] ?? 0)
      if (isGone || leafAt(m, s, domain, first) !== leaf) continue
      fill(s.iotlbKey, s.iotlbLeaf, 0, keys.length, key, leaf)
    }
  }
}
