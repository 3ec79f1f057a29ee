import type { Rule } from '../rule.js'
import { linux72, ownershipPatent, tdxModule15, thread2026 } from '../sources.js'

export const linesCarryMacAndOwner = {
  id: 'tdx.integrity/mac-and-owner',
  statement: 'Each line of private memory is stored with a 28-bit MAC and a bit that says that a TD owns it.',
  force: 'must',
  source: tdxModule15,
  at: 'README.md, item 5',
} as const satisfies Rule

export const ownershipCheckedOnRead = {
  id: 'tdx.integrity/read-checks-owner',
  statement: 'A read is judged by the owner bit of the line and by whether its own key id is a private one.',
  force: 'must',
  source: ownershipPatent,
  at: 'claim 1',
} as const satisfies Rule

export const partialWritePoisons = {
  id: 'tdx.integrity/partial-write-poisons',
  statement: 'Where the erratum is present, a write of less than a line to private memory poisons it without a report.',
  force: 'may',
  source: linux72,
  at: 'Documentation/arch/x86/tdx.rst, Erratum; X86_BUG_TDX_PW_MCE',
} as const satisfies Rule

export const devicePartialWrite = {
  id: 'tdx.integrity/device-partial-write',
  statement: 'A DMA write may be such a partial write, besides non-temporal, UC and WC writes of a CPU.',
  force: 'may',
  source: linux72,
  at: 'Documentation/arch/x86/tdx.rst, Erratum',
} as const satisfies Rule

export const poisonConsumedIsMachineCheck = {
  id: 'tdx.integrity/poison-consumed',
  statement: 'Poison does no harm until it is read; the read then raises a machine check.',
  force: 'must',
  source: linux72,
  at: 'Documentation/arch/x86/tdx.rst, Erratum',
} as const satisfies Rule

export const poisonConsumedByTd = {
  id: 'tdx.integrity/poison-consumed-by-td',
  statement:
    'A machine check inside a TD marks that TD fatal (TDX_NON_RECOVERABLE_TD_NON_ACCESSIBLE); the host continues.',
  force: 'may',
  source: tdxModule15,
  at: 'src/td_dispatcher/vm_exits/td_other_exits.c, td_exception_or_nmi_exit(), E_MC',
} as const satisfies Rule

export const fatalTdNotEntered = {
  id: 'tdx.integrity/fatal-td',
  statement: 'A TD that was marked fatal is not entered again; what is left is its teardown.',
  force: 'must',
  source: tdxModule15,
  at: 'src/td_transitions/td_exit.c, async_tdexit_internal(), management_fields.fatal',
} as const satisfies Rule

export const integrityCryptographic = {
  id: 'tdx.integrity/cryptographic',
  statement: 'The key of a TD may be set up with integrity: then a foreign write shows by MAC and owner bit.',
  force: 'may',
  source: tdxModule15,
  at: 'src/common/helpers/helpers.c, program_mktme_keys()',
} as const satisfies Rule

export const integrityLogical = {
  id: 'tdx.integrity/logical',
  statement: 'The key of a TD may be set up without integrity: then a foreign write shows by the owner bit alone.',
  force: 'may',
  source: tdxModule15,
  at: 'src/common/helpers/helpers.c, program_mktme_keys(), tdx_without_integrity',
} as const satisfies Rule

export const poisonConsumedByHost = {
  id: 'tdx.integrity/poison-consumed-by-host',
  statement: 'If the host or its device is the first to read the poison, the host may go down.',
  force: 'may',
  source: thread2026,
  at: 'Xu Yilun, 27 Feb 2026, lkml.iu.edu 2602.3/07057: machine check and restart; that poison is read is our reading',
} as const satisfies Rule

export const hostCpuAccessIsMachineCheck = {
  id: 'tdx.integrity/host-cpu-access',
  statement: 'A host CPU access to a private page ends in the same class of machine check as an untrusted DMA to it.',
  force: 'may',
  source: thread2026,
  at: 'Xu Yilun, 27 Feb 2026, lkml.iu.edu 2602.3/07057',
} as const satisfies Rule

export const hostClearsReturnedPage = {
  id: 'tdx.integrity/clear-returned-page',
  statement: 'Where the erratum is present, the host clears a page that a TD gave back by whole-line direct stores.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/virt/vmx/tdx/tdx.c, tdx_quirk_reset_paddr()',
} as const satisfies Rule
