import type { NotModelled } from '../rule.js'
import {
  typeAttachEmptyFirst,
  typeAttachRefused,
  typeAttachReplay,
  typeAttachUndone,
  typeClearOthersFirst,
  typeKilledKeepsCharge,
  typeMapFlags,
  typeMapKilled,
  typeMapTopOverlap612,
  typeMapTruncated,
  typeMapVaddrAbsent,
  typeMapVaddrInexact,
  typeMapWithoutDomain,
  typeUnmapAllRange,
  typeUnmapDriverFailureLost,
  typeUnmapErrnoSize,
  typeUnmapTopHides612,
} from './index.js'

/** Rules of type1 that the model does without, each with the reason. */
export const vfioNotModelled: readonly NotModelled[] = [
  { rule: typeMapFlags, why: 'an argument that the model does not have; for conformance to check' },
  { rule: typeMapTruncated, why: 'an argument that the model does not have; for conformance to check' },
  { rule: typeMapVaddrAbsent, why: 'the exchange of addresses under a live mapping is not modelled' },
  { rule: typeMapVaddrInexact, why: 'the exchange of addresses under a live mapping is not modelled' },
  { rule: typeUnmapAllRange, why: 'the ALL flag is written as the range of all pages; for conformance to check' },
  { rule: typeUnmapErrnoSize, why: 'a call returns an errno here and no size; for conformance to check' },
  { rule: typeUnmapDriverFailureLost, why: 'a bug of an IOMMU driver, which no call reports' },
  {
    rule: typeMapKilled,
    why: 'a map that fails for want of memory leaves the same, and whose process is killed asks nothing more',
  },
  {
    rule: typeKilledKeepsCharge,
    why: 'of a process that is killed nothing is asked any more; no plan unmaps in the name of another',
  },
  { rule: typeAttachEmptyFirst, why: 'a type1 container has one domain here, which fits every device' },
  {
    rule: typeAttachRefused,
    why: 'every address of the guest is allowed for every device, and no address is exchanged',
  },
  { rule: typeAttachReplay, why: 'a type1 container has one domain here, which fits every device' },
  { rule: typeAttachUndone, why: 'a type1 container has one domain here, which fits every device' },
  {
    rule: typeMapTopOverlap612,
    why: 'an account holds one mapping of a page: the map is refused with EEXIST, as elsewhere',
  },
  { rule: typeUnmapTopHides612, why: "the shape of the kernel's tree of mappings is not modelled" },
  { rule: typeMapWithoutDomain, why: 'every device stands behind an IOMMU here' },
  { rule: typeClearOthersFirst, why: 'a type1 container has one domain here' },
]
