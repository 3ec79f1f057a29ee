import { type Kind, kinds, rows } from '../model/actions/relation.js'
import {
  freeTable,
  isSuperpage,
  isTable,
  pdeIndex,
  pteIndex,
  regionFirst,
  tableIndex,
} from '../model/actions/vtd/page-table.js'
import type { Code } from '../model/machine/action.js'
import type { Machine } from '../model/machine/machine.js'
import { lockNames, Sept, type State, Table } from '../model/machine/state.js'
import type { ThreadStep } from './steps.js'

type Needs = (m: Machine, s: State, a: Code) => boolean

const pinned: Needs = (_, s, a) => (s.pinnedFrame[a[2] ?? 0] ?? 0) !== 0
const regionAt = (m: Machine, a: Code) => pdeIndex(m, a[2] ?? 0, a[3] ?? 0)
const pdeAt = (m: Machine, s: State, a: Code) => s.pde[regionAt(m, a)] ?? 0

/** A superpage entry stands for frames in a row, in a region that has no entry yet. */
const fitsEntry: Needs = (m, s, a) => {
  const [, , , iovfn = 0, large] = a
  const frame = s.pinnedFrame[iovfn] ?? 0
  if (frame === 0 && m.program.pins) return false
  if (large !== 1) return !isSuperpage(pdeAt(m, s, a))
  if (iovfn !== regionFirst(m, iovfn) || pdeAt(m, s, a) !== 0) return false
  for (let page = 0; page < m.perSuper; page += 1) if (s.pinnedFrame[iovfn + page] !== frame + page) return false
  return true
}

/**
 * What a row takes for granted because a plan comes to it only so. A raw step of a column could stand anywhere: where
 * it makes no sense it is not possible, and waits.
 */
const needs: Readonly<Partial<Record<Kind, Needs>>> = {
  'mm.pin-page': (m, s, a) => !pinned(m, s, a),
  'mm.pin-file-page': (m, s, a) => !pinned(m, s, a),
  'mm.unpin-page': pinned,
  'container.remove-mapping': (_, s, a) => s.mapLength[a[2] ?? 0] === a[3],
  'area.split': (_, s, a) => s.mapOf[a[2] ?? 0] !== 0,
  'vtd.write-entry': fitsEntry,
  'vtd.unlink-table': (m, s, a) => isTable(pdeAt(m, s, a)),
  'vtd.fill-table': (m, s, a) => isSuperpage(pdeAt(m, s, a)) && freeTable(s, regionAt(m, a)) !== 0,
  'vtd.link-table': (m, s, a) => isSuperpage(pdeAt(m, s, a)) && hasFilling(s, regionAt(m, a)),
  'vtd.store-superpage': (m, s, a) => {
    const pde = pdeAt(m, s, a)
    const table = tableIndex(regionAt(m, a), pde)
    return isTable(pde) && (s.pte[pteIndex(m, table, regionFirst(m, a[3] ?? 0))] ?? 0) !== 0
  },
  'gmem.punch-hole': (_, s, a) => s.sept.length === 0 || s.sept[a[2] ?? 0] === Sept.Free,
}

const hasFilling = (s: State, at: number): boolean =>
  s.table[at * 2] === Table.Filling || s.table[at * 2 + 1] === Table.Filling || freeTable(s, at) !== 0

/** What a driver does under its container's lock. A raw step takes no lock, but waits for a call that holds it. */
const underLock = /^(vfio|iommufd|container|compat|area|mm)\.|^vtd\.(write|clear|unlink|free|fill|link|store)-/
const container = lockNames.indexOf('container')
const waitsByKind: readonly boolean[] = kinds.names.map((name) => underLock.test(name))

const needsByKind: readonly (Needs | undefined)[] = kinds.names.map((name) => needs[name])

/** Whether a column's step can be taken now, as far as the machine is concerned. */
export function isPossible(m: Machine, s: State, { how, code }: ThreadStep): boolean {
  const kind = code[0] ?? 0
  const row = rows[kind]
  if (how === 'map' || how === 'unmap') return s.closed[0] === 0
  if (row?.by === 'environment') return row.possible(m, s, code)
  const holder = s.lock[container] ?? 0
  if (waitsByKind[kind] === true && holder !== 0 && holder !== (code[1] ?? 0) + 1) return false
  return (row?.ready?.(m, s, code) ?? true) && (needsByKind[kind]?.(m, s, code) ?? true)
}
