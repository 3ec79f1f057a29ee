import type { Platform } from '../platform/table.js'
import type { Architecture } from './architecture.js'
import { armCca } from './arm-cca.js'
import { pkvm } from './pkvm.js'
import { riscvCove } from './riscv-cove.js'
import { sevSnp } from './sev-snp.js'
import { tdx } from './tdx.js'
import { tdxConnect } from './tdx-connect.js'

export type { Architecture, ProtectionField, Role } from './architecture.js'

/** Every architecture by its name, as the platform's field `architecture` has it. */
export const architectures: Readonly<Record<Platform['architecture'], Architecture>> = {
  tdx,
  'sev-snp': sevSnp,
  'riscv-cove': riscvCove,
  'arm-cca': armCca,
  'tdx-connect': tdxConnect,
  pkvm,
}
