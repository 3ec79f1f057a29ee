import { places } from '../model/actions/places.js'
import { rows } from '../model/actions/relation.js'
import type { Row } from '../model/actions/row.js'
import type { Machine } from '../model/machine/machine.js'
import { lockNames, type State } from '../model/machine/state.js'
import type { ThreadStep } from './steps.js'

const arg = places('vcpu')

/** By kind: the lock that a raw step waits for, as an index of the state; -1 for none. */
const lockOfKind: readonly number[] = rows.map((row: Row) =>
  row.by === 'plan' && row.lock !== undefined ? lockNames.indexOf(row.lock) : -1,
)

/** Whether a thread's step can be taken now, as far as the machine is concerned. */
export function isPossible(m: Machine, s: State, { how, code }: ThreadStep): boolean {
  const kind = code[0] ?? 0
  const row = rows[kind]
  if (how === 'map' || how === 'unmap') return s.closed[0] === 0
  if (row === undefined) return false
  if (row.by === 'environment') return row.possible(m, s, code)
  const holder = s.lock[lockOfKind[kind] ?? -1] ?? 0
  if (holder !== 0 && holder !== (code[arg.vcpu] ?? 0) + 1) return false
  if (row.ready !== undefined && !row.ready(m, s, code)) return false
  return typeof row.requires !== 'function' || row.requires(m, s, code)
}
