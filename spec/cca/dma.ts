import type { Rule } from '../rule.js'
import { linuxCcaDma, smmuRme } from '../sources.js'

// DMA under Arm CCA: what the SMMU checks in the granule protection table.

export const ccaGptChecksDma = {
  id: 'cca.dma/gpt-checked',
  statement: "The SMMU checks a DMA of the host's devices at its output address: it reaches only Non-secure granules.",
  force: 'must',
  source: smmuRme,
  at: '3.25.1 Client-originated accesses; 3.25.4, a location forbidden by the GPT',
} as const satisfies Rule

export const ccaGptFaultContained = {
  id: 'cca.dma/fault-contained',
  statement: 'A DMA that fails the granule protection check ends like an external abort, and other accesses continue.',
  force: 'must',
  source: smmuRme,
  at: '3.25.1; 3.25.5, accesses that do not experience a GPF',
} as const satisfies Rule

export const ccaGptFaultNotInQueue = {
  id: 'cca.dma/fault-not-in-event-queue',
  statement: "A granule protection fault at the output address of a DMA is not reported in the host's Event queue.",
  force: 'must',
  source: smmuRme,
  at: '3.25.1 Client-originated accesses',
} as const satisfies Rule

export const ccaGptFaultAtRoot = {
  id: 'cca.dma/fault-at-root',
  statement: 'The first granule protection fault is kept in a register of the Root pages until software clears it.',
  force: 'must',
  source: smmuRme,
  at: '3.25.4 and 3.25.5, SMMU_ROOT_GPF_FAR',
} as const satisfies Rule

export const ccaAtsChecked = {
  id: 'cca.dma/ats-checked',
  statement:
    'A translated request is checked as any access is. With RME_IMPL = 1 an ATS completion covers only what passes ' +
    'the check; with RME_IMPL = 0 it may cover more.',
  force: 'must',
  source: smmuRme,
  at: '3.25.2 Interactions with PCIe ATS',
} as const satisfies Rule

export const ccaDmaByUnprotectedAddress = {
  id: 'cca.dma/unprotected-address',
  statement: 'A guest gives a device the address of a shared buffer with the top bit of the IPA space set.',
  force: 'must',
  source: linuxCcaDma,
  at: 'arch/arm64/include/asm/mem_encrypt.h, dma_addr_unencrypted(); cover letter',
} as const satisfies Rule

export const ccaHostSmmu = {
  id: 'cca.dma/host-smmu',
  statement: 'The host keeps the SMMU tables of a device that the realm does not trust.',
  force: 'must',
  source: linuxCcaDma,
  at: 'cover letter: SMMU for untrusted devices are managed by the non-secure Host',
} as const satisfies Rule

export const ccaGptCached = {
  id: 'cca.dma/gpt-cached',
  statement:
    'What an SMMU has cached of the GPT is invalidated by a broadcast TLBI by physical address where the SMMU takes ' +
    'part (BGPTM), else by a register of its Root pages.',
  force: 'must',
  source: smmuRme,
  at: '3.25, invalidation as for FEAT_RME; 3.25.6, SMMU_ROOT_IDR0.BGPTM, SMMU_ROOT_TLBI_CTRL',
} as const satisfies Rule
