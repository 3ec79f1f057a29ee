import { amdViLeafSizes, amdViQemuFlushesDomain, amdViQemuTellsNoFault, amdViReserved } from './amd-vi/index.js'
import { ccaGptCached } from './cca/index.js'
import { riscvDirectoriesKept } from './riscv/index.js'
import type { NotModelled } from './rule.js'
import { smmuAbortUnrecorded, smmuCachedForbids } from './smmuv3/index.js'
import { rmpSmallerFails } from './snp/index.js'

/** Of units: conformance runs stand on those beside VT-d, and the model's unit is that of VT-d. */
export const unitsNotModelled: readonly NotModelled[] = [
  {
    rule: amdViLeafSizes,
    why:
      'a leaf has one of two sizes: VFIO and iommufd, which unmap whole leaves, show no other; where page tables ' +
      'are asked the sizes are limited',
  },
  { rule: amdViReserved, why: 'every address of the guest is within the width of the domain; conformance checks it' },
  { rule: amdViQemuTellsNoFault, why: 'the agent observes no faults there: nothing is compared' },
  {
    rule: amdViQemuFlushesDomain,
    why: 'a cache may drop more than it is told to: the model keeps all that it may keep',
  },
  { rule: smmuAbortUnrecorded, why: 'what faultWithoutDomain = unrecorded says of any unit' },
  { rule: smmuCachedForbids, why: 'what faultAfterRead = recorded says of any unit' },
  { rule: riscvDirectoriesKept, why: 'the directories of a unit are not in memory of the guest' },
  {
    rule: rmpSmallerFails,
    why: 'the table of the host for trusted devices has no sizes; DMA of other devices passes in no case there',
  },
  { rule: ccaGptCached, why: 'a delegation is one step, and EL3 has invalidated the SMMUs when it ends' },
]
