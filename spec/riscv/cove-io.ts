import type { Rule } from '../rule.js'
import { coveIo } from '../sources.js'

// Devices that a TVM trusts, by CoVE-IO. The text is a draft; `sbi_covh_` stands before the calls of the host, and
// `sbi_covg_` before those of the guest. The life of an interface, which the text quotes, is in tdisp/interface.ts.

export const coveIoByGStage = {
  id: 'riscv.cove-io/by-g-stage',
  statement: 'The TSM keeps the table that translates for a bound device consistent with the G-stage table of the TVM.',
  force: 'must',
  source: coveIo,
  at: 'src/05-security_model.adoc, CoVE-IO-T010; src/07-theory_operations.adoc, Binding Flow, step 6 and diagram',
} as const satisfies Rule

export const coveIoDisabledAtBind = {
  id: 'riscv.cove-io/disabled-at-bind',
  statement: 'bind_interface programs what translates for the device, and leaves its translation disabled.',
  force: 'must',
  source: coveIo,
  at: 'src/07-theory_operations.adoc, Binding Flow, step 6 and diagram; IOMMU Assignment',
} as const satisfies Rule

export const coveIoEnabledAtStart = {
  id: 'riscv.cove-io/enabled-at-start',
  statement:
    'The TSM enables the translation for a device when the guest has accepted it by start_interface, and the device ' +
    'has answered that it runs.',
  force: 'must',
  source: coveIo,
  at: 'src/07-theory_operations.adoc, Binding Flow, steps 8 to 11; src/05-security_model.adoc, CoVE-IO-T010',
} as const satisfies Rule

export const coveIoStartFromLocked = {
  id: 'riscv.cove-io/start-from-locked',
  statement: 'start_interface takes an interface that is locked: it names the interface alone, and no evidence of it.',
  force: 'must',
  source: coveIo,
  at: 'src/09-coveio_abi.adoc, CoVE Guest Start Interface (FID #1030)',
} as const satisfies Rule

export const coveIoUnbindByHost = {
  id: 'riscv.cove-io/unbind-by-host',
  statement: 'The host may unbind an interface at any time, without the guest.',
  force: 'may',
  source: coveIo,
  at: 'src/07-theory_operations.adoc, Interface Unbinding',
} as const satisfies Rule

export const coveIoStopThenDisable = {
  id: 'riscv.cove-io/stop-then-disable',
  statement:
    'unbind_interface has the interface stopped, and disables its translation once the device has answered that it ' +
    'is unlocked.',
  force: 'must',
  source: coveIo,
  at: 'src/07-theory_operations.adoc, Unbinding Flow, steps 2 to 6 and diagram',
} as const satisfies Rule

export const coveIoCachesInvalidated = {
  id: 'riscv.cove-io/caches-invalidated',
  statement:
    'With a change of the table of a device the TSM sees to it that all that is cached of it is invalidated: in ' +
    'harts, IOMMUs and devices.',
  force: 'must',
  source: coveIo,
  at: 'src/05-security_model.adoc, CoVE-IO-T008',
} as const satisfies Rule

export const coveIoOwnIommu = {
  id: 'riscv.cove-io/own-iommu',
  statement: 'The TSM has an IOMMU, or a part of one, for itself; the DMA of a bound device goes by it and no other.',
  force: 'must',
  source: coveIo,
  at: 'src/07-theory_operations.adoc, IOMMU Assignment; src/05-security_model.adoc, CoVE-IO-T009',
} as const satisfies Rule

export const coveIoTrustedTlp = {
  id: 'riscv.cove-io/trusted-tlp',
  statement:
    'A root port lets nothing reach confidential memory but IDE transactions with T = 1 from the device of the stream.',
  force: 'must',
  source: coveIo,
  at: 'src/05-security_model.adoc, CoVE-IO-T006 and CoVE-IO-T007',
} as const satisfies Rule

export const coveIoSubset = {
  id: 'riscv.cove-io/subset',
  statement: 'A TVM may be so configured that its devices reach a part of its memory alone.',
  force: 'may',
  source: coveIo,
  at: 'src/06-arch_overview.adoc, Architectural Overview',
} as const satisfies Rule
