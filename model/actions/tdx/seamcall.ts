import { iqBusy, septOperandBusy } from '../../../spec/index.js'
import { Failure } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import type { Injected } from '../row.js'

export const busy: Injected = { what: Failure.Seamcall, rule: septOperandBusy, errno: Errno.TDX_OPERAND_BUSY }
/** The same of the calls on what IOMMUs cache of a TD, and on entries of its devices. */
export const connectBusy: Injected = { ...busy, rule: iqBusy }
