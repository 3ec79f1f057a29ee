import type { Rule } from '../rule.js'
import { tfRmm } from '../sources.js'

// Devices that a realm trusts. The RMM specification's text was not at hand: this is what TF-RMM does.

export const ccaVdevStartsDisabled = {
  id: 'cca.vdev/starts-disabled',
  statement: 'A device that is given to a realm starts with its DMA disabled.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/vdev.c, smc_vdev_create(), RMI_VDEV_DMA_DISABLED',
} as const satisfies Rule

export const ccaVdevUnlockStopsFirst = {
  id: 'cca.vdev/unlock-stops-first',
  statement: 'An unlock disables the stream table entry, and waits for that, before the device is told.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/vdev.c, smc_vdev_unlock()',
} as const satisfies Rule
