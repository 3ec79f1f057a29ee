import type { Rule } from '../rule.js'
import { amdsevIssue109, linux72, mapPagesThread } from '../sources.js'

// DMA under SEV-SNP: what the IOMMU checks in the RMP.

export const rmpChecksDma = {
  id: 'snp.dma/rmp-checked',
  statement: 'With SNP on, the IOMMU lets a DMA of the host through only to and from memory that is shared in the RMP.',
  force: 'must',
  source: amdsevIssue109,
  at: 'comment of 2022-11-12',
} as const satisfies Rule

export const rmpChecksWholeLeaf = {
  id: 'snp.dma/leaf-size-checked',
  statement: 'A DMA through an entry that covers a page assigned to a guest faults at each page that the entry covers.',
  force: 'may',
  source: amdsevIssue109,
  at: 'RMP fault at a page that is shared, beside an assigned one, under a 2 MiB entry',
} as const satisfies Rule

export const rmpNoSmallerTry = {
  id: 'snp.dma/no-smaller-try',
  statement:
    'A walk that ends at 2 MiB or more is checked as one RMP entry of 2 MiB; if its size differs, 4 KiB are not tried.',
  force: 'must',
  source: mapPagesThread,
  at: 'A. Kardashevskiy, quoted in linux-riscv 084548, 2026-01-27',
} as const satisfies Rule

export const rmpFaultLogged = {
  id: 'snp.dma/fault-logged',
  statement: 'A DMA that fails the check of the RMP is stopped, and the IOMMU logs RMP_PAGE_FAULT.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/amd/iommu.c, amd_iommu_report_rmp_fault(); EVENT_TYPE_RMP_FAULT',
} as const satisfies Rule

export const snpIommuTable = {
  id: 'snp.dma/host-table',
  statement: 'SNP needs the IOMMU on, without passthrough, and with the v1 page table of the host.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/amd/init.c, iommu_snp_enable()',
} as const satisfies Rule

export const snpTrustedDeviceByHostTable = {
  id: 'snp.dma/trusted-by-host-table',
  statement:
    "A device that the guest trusts is translated by the host's table, whose entries have the sizes of the RMP's.",
  force: 'must',
  source: mapPagesThread,
  at: 'A. Kardashevskiy, linux-riscv 085892, 2026-02-25',
} as const satisfies Rule

export const rmpSmallerFails = {
  id: 'snp.dma/smaller-fails',
  statement:
    'An I/O entry of 4 KiB fails at an RMP entry of 2 MiB as well: for a device that the guest trusts, the host ' +
    'changes both sizes together.',
  force: 'must',
  source: mapPagesThread,
  at: 'A. Kardashevskiy, 2026-01-29, Message-ID 45f4f091-e1b4-4a04-941a-69ae522ffcd5',
} as const satisfies Rule
