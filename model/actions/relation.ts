import type { Rule } from '../../spec/index.js'
import type { ActionKinds, Code } from '../machine/action.js'
import type { MachineSettings } from '../machine/machine.js'
import { guestRows } from './guest/guest.js'
import { environmentRows } from './host/environment.js'
import { kvmRows } from './kvm/attributes.js'
import { faultRows } from './kvm/mmu-faults.js'
import { lockRows } from './locks.js'
import { pinningRows } from './mm/pinning.js'
import type { Row } from './row.js'
import { tdxRows } from './tdx/secure-ept.js'
import { mappingRows } from './vfio/mapping.js'
import { cacheRows } from './vtd/caches.js'
import { queueRows } from './vtd/invalidation-queue.js'
import { tableRows } from './vtd/tables.js'
import { dmaRows } from './vtd/translation.js'

/** The whole relation: one row a kind of action, the environment's first. */
export const relation = {
  ...guestRows,
  ...environmentRows,
  ...dmaRows,
  ...cacheRows,
  ...queueRows,
  ...faultRows,
  ...tdxRows,
  ...lockRows,
  ...mappingRows,
  ...pinningRows,
  ...tableRows,
  ...kvmRows,
} as const satisfies Record<string, Row>

export type Kind = keyof typeof relation

export const kinds: Omit<ActionKinds, 'names'> & { readonly names: readonly Kind[] } = {
  names: Object.keys(relation) as Kind[],
  parameters: Object.values(relation).map((row) => row.parameters),
}

/** Rows by the index of their kind. */
export const rows: readonly Row[] = Object.values(relation)

export const kindIndex = (kind: string): number => kinds.names.indexOf(kind as Kind)

/** Kinds of all that the environment can ever do on a machine, in a fixed order. */
export const environmentOn = (machine: MachineSettings): readonly number[] =>
  rows.flatMap((row, kind) => (row.by === 'environment' && (row.on?.(machine) ?? true) ? [kind] : []))

/** A way to fail, as the index that states and events carry. */
interface Failing {
  readonly kind: number
  readonly rule: Rule
  readonly injected: boolean
}

/** Every way in which a step can fail, across all rows. Index 0 is "none". */
export const failing: readonly Failing[] = [
  {
    kind: -1,
    rule: { id: 'none.none/none', statement: '', force: 'may', source: { name: '', revision: '' }, at: '' },
    injected: false,
  },
  ...rows.flatMap((row, kind) => [
    ...(row.fails ?? []).map(({ rule }) => ({ kind, rule, injected: false })),
    ...('mayFail' in row && row.mayFail ? [{ kind, rule: row.mayFail.rule, injected: true }] : []),
  ]),
]

/** Index of a row's first way to fail. */
export const firstFailing: readonly number[] = rows.map((_, kind) => {
  const at = failing.findIndex((entry) => entry.kind === kind)
  return at < 0 ? 0 : at
})

/** How often each row was taken and each failure met, for the report on what a search exercised. */
export class Coverage {
  readonly taken = new Float64Array(rows.length)
  readonly failed = new Float64Array(failing.length)

  /** @param cause how the row failed (`failing`), -1 if it was taken */
  note(kind: number, cause: number): void {
    if (cause < 0) this.taken[kind] += 1
    else this.failed[cause] += 1
  }
}

export type { Code }
