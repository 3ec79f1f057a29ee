import type { NotModelled } from '../rule.js'
import {
  pkvmCountDeniesAts,
  pkvmHostNotTold,
  pkvmHostToldAfter,
  pkvmIdmapByBlock,
  pkvmMapMayFail,
  pkvmOffNotInvalidated,
  pkvmQueuesShared,
  pkvmReclaimAtEnd,
  pkvmRelinquishRefused,
  pkvmUnmapUnchecked,
  pkvmUseDmaOwned,
  smmuKeptWhileOff,
  smmuSplitStage,
} from './index.js'

/** Rules of pKVM that no row, design or property uses, each with the reason. */
export const pkvmNotModelled: readonly NotModelled[] = [
  {
    rule: pkvmReclaimAtEnd,
    why: 'a guest that is torn down asks nothing more; that a page is cleared before the host has it is shown by force',
  },
  {
    rule: pkvmHostNotTold,
    why: 'a host that is told nothing converts nothing: of the designs that is pin-all, and a driver of no unmap',
  },
  { rule: pkvmHostToldAfter, why: 'a design that converts first has this order, attributes-first for one' },
  {
    rule: pkvmIdmapByBlock,
    why: 'the series maps memory by pages; how a driver splits a block is not in the text read',
  },
  { rule: pkvmQueuesShared, why: 'queues of the unit are not in memory of the guest' },
  {
    rule: pkvmUseDmaOwned,
    why: 'with it no device of the host reaches a page that a guest shares: there is nothing to ask about it',
  },
  {
    rule: pkvmCountDeniesAts,
    why: 'a host of the model turns ATS on or not: with identityMap=counted, ats=true is no machine of Android',
  },
  {
    rule: pkvmOffNotInvalidated,
    why: 'a unit of the model is never off; spec/questions.md has the question',
  },
  { rule: smmuKeptWhileOff, why: 'a unit of the model is never off' },
  { rule: pkvmMapMayFail, why: 'the hypervisor has set pages aside for tables of all memory: the map does not fail' },
  { rule: pkvmUnmapUnchecked, why: 'it takes a block, and memory is mapped by pages' },
  { rule: smmuSplitStage, why: 'no hypervisor that was read sets it; spec/questions.md has it as an answer' },
  { rule: pkvmRelinquishRefused, why: 'no guest of the model gives a private page up for good' },
]
