import type { NotModelled } from '../rule.js'
import { mapGpaOther, pamtDynamic, septExportPaused } from './index.js'

/** Rules on TDX that no row uses and that were found in the newest sources, and why. */
export const tdxNotModelled: readonly NotModelled[] = [
  { rule: pamtDynamic, why: 'of the PAMT the model has whose a frame is, and not the pages that hold it' },
  { rule: septExportPaused, why: 'no TD migrates' },
  { rule: mapGpaOther, why: 'user space answers with what KVM documents, or stops the VM itself' },
]
