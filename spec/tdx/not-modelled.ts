import type { NotModelled } from '../rule.js'
import { iqBusy } from '../tdx-connect/index.js'
import { pamtDynamic, septExportPaused } from './index.js'

/** Rules of the newest TDX modules that no row uses, and why. */
export const tdxNotModelled: readonly NotModelled[] = [
  { rule: pamtDynamic, why: 'of the PAMT the model has whose a frame is, and not the pages that hold it' },
  { rule: septExportPaused, why: 'no TD migrates' },
  { rule: iqBusy, why: 'a call that changes nothing and is repeated is one that comes later' },
]
