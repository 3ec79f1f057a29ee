import type { Rule } from '../rule.js'
import { coveIo, linuxTsm } from '../sources.js'

// The life of a device interface by TDISP. The chapter of PCIe was not at hand: this is what public texts say of it.

export const tdispLockFromUnlocked = {
  id: 'tdisp.interface/lock-from-unlocked',
  statement: 'LOCK_INTERFACE_REQUEST moves an interface from CONFIG_UNLOCKED to CONFIG_LOCKED.',
  force: 'must',
  source: coveIo,
  at: 'src/07-theory_operations.adoc, Binding Flow, steps 4 and 5; TDI Verification and Acceptation, item 4',
} as const satisfies Rule

export const tdispChangeIsError = {
  id: 'tdisp.interface/change-is-error',
  statement: 'A change of the configuration of a locked interface that matters to security moves it to ERROR.',
  force: 'must',
  source: linuxTsm,
  at: 'Device Interface LOCK',
} as const satisfies Rule

export const tdispEvidenceFirst = {
  id: 'tdisp.interface/evidence-first',
  statement: 'The guest verifies the evidence of a locked interface before it lets the interface reach its memory.',
  force: 'must',
  source: coveIo,
  at: 'src/07-theory_operations.adoc, Binding Flow, steps 6 and 8; TDI Verification and Acceptation, item 5',
} as const satisfies Rule

export const tdispEvidenceOfThisLock = {
  id: 'tdisp.interface/evidence-of-this-lock',
  statement: 'Evidence is of one lock: an interface that was unlocked since has to be verified again.',
  force: 'must',
  source: linuxTsm,
  at: 'Device Interface LOCK: no unlock between the collection of evidence and the acceptance',
} as const satisfies Rule

export const tdispRunFromLocked = {
  id: 'tdisp.interface/run-from-locked',
  statement: 'START_INTERFACE_REQUEST, with the nonce of the lock, moves an interface from CONFIG_LOCKED to RUN.',
  force: 'must',
  source: coveIo,
  at: 'src/07-theory_operations.adoc, Binding Flow, steps 9 and 10',
} as const satisfies Rule

export const tdispTrustedDmaInRun = {
  id: 'tdisp.interface/trusted-dma-in-run',
  statement: 'A device that is what its evidence says issues DMA for the guest (T = 1) only while its interface runs.',
  force: 'must',
  source: linuxTsm,
  at: 'Device Interface LOCK: ceases T=1 DMA when unlocked; beside CoVE-IO, Binding Flow, step 11',
} as const satisfies Rule

export const tdispStopFromAny = {
  id: 'tdisp.interface/stop-from-any',
  statement:
    'STOP_INTERFACE_REQUEST moves an interface from CONFIG_LOCKED, RUN or ERROR to CONFIG_UNLOCKED, once all of its ' +
    'DMA is done or aborted.',
  force: 'must',
  source: coveIo,
  at: 'src/07-theory_operations.adoc, Interface Unbinding, and Unbinding Flow, steps 2 to 5',
} as const satisfies Rule
