import { armAndAmd } from './arm-amd.js'
import type { Bug } from './bug.js'
import { hostSoftware } from './hosts.js'
import { iommufdBugs } from './iommufd.js'
import { kvmBugs } from './kvm.js'
import { qemuBugs } from './qemu.js'
import { vfioType1 } from './vfio-type1.js'
import { vtD } from './vt-d.js'
import { xenBugs } from './xen.js'

/** All bugs by subsystem, in the order of their page. */
export const museum: Readonly<Record<string, readonly Bug[]>> = {
  'VFIO type1': vfioType1,
  iommufd: iommufdBugs,
  'Intel VT-d': vtD,
  'Arm and AMD IOMMUs': armAndAmd,
  KVM: kvmBugs,
  QEMU: qemuBugs,
  Xen: xenBugs,
  'Other host software': hostSoftware,
}

export const bugs: readonly Bug[] = Object.values(museum).flat()

export const findBug = (id: string): Bug | undefined => bugs.find((bug) => bug.id === id)

export { type Bug, fixed, planted } from './bug.js'
export { defaultHunt, hunt } from './hunt.js'
