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

export const ccaVdevByRtt = {
  id: 'cca.vdev/by-rtt',
  statement: "Stage 2 of a device that the realm trusts is the RTT of the realm's primary plane, under its VMID.",
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/vdev.c, smc_vdev_create(), s2_cfg, smmuv3_configure_stream()',
} as const satisfies Rule

export const ccaVdevEnableNeedsStarted = {
  id: 'cca.vdev/enable-needs-started',
  statement:
    'RSI_VDEV_DMA_ENABLE of a device that is not started, or with nonces of other evidence than that of its lock, ' +
    'fails with RSI_ERROR_DEVICE.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rsi/vdev.c, finish_rsi_vdev_dma_enable(), lock_nonce, meas_nonce, report_nonce',
} as const satisfies Rule

export const ccaVdevDisabledByRealm = {
  id: 'cca.vdev/disabled-by-realm',
  statement: 'RSI_VDEV_DMA_DISABLE disables the stream table entry of a device in any state.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rsi/vdev.c, finish_rsi_vdev_dma_disable(), smmuv3_disable_ste()',
} as const satisfies Rule
