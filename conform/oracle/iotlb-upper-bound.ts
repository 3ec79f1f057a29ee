import { isSuperpage, leafAt, pdeIndex } from '../../model/actions/vtd/page-table.js'
import { fill, keyDomain, keyFirst, keyIsLarge } from '../../model/actions/vtd/tlb.js'
import type { CandidateState } from './candidate-state.js'

/**
 * Remembers the IOTLB over a call. A driver may flush more than the call changed, because an address mask says powers
 * of two only, or less at a time, run by run of frames; neither is to be seen. So what was cached and is in the tables
 * still is put back: the cache that keeps all it can stands for the others.
 *
 * @returns to be called after the call
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
