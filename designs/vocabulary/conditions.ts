import { attachedCount, isAttached } from '../../model/actions/host/devices.js'
import type { Machine } from '../../model/machine/machine.js'
import { reg } from '../../model/machine/registers.js'
import { Ats, Plug, type State } from '../../model/machine/state.js'
import {
  isTable,
  leafAt,
  leafFrame,
  makeLeaf,
  Perm,
  pdeIndex,
  tableIndex,
  tableIsEmpty,
  unlinkedTable,
} from '../../model/memory/page-table.js'
import type { Condition, Range } from '../../model/plan/plan.js'
import { isMixed } from './parts.js'

const cursor = reg('cursor')

/**
 * Whether a table is in the way of the superpage at which the loop stands.
 *
 * @example
 * { when: conditions.tableInTheWay, body: [steps.unlinkTable] }
 */
export const tableInTheWay: Condition = {
  name: 'an empty table in the way',
  holds: (m, s, v) => reg('stride')(m, s, v) > 1 && isTable(s.pde[pdeIndex(m, s.domain[0], cursor(m, s, v))]),
}

/**
 * Whether a leaf maps the page at which the loop stands.
 *
 * @example
 * { when: conditions.leafAtCursor, body: [steps.clearLeaf] }
 */
export const leafAtCursor: Condition = {
  name: 'an entry there',
  holds: (m, s, v) => leafAt(m, s, s.domain[0], cursor(m, s, v)) !== 0,
}
/**
 * Whether the region at which the loop stands has a table.
 *
 * @example
 * { when: conditions.tableAtCursor, body: [steps.unlinkTable] }
 */
export const tableAtCursor: Condition = {
  name: 'a table there',
  holds: (m, s, v) => isTable(s.pde[pdeIndex(m, s.domain[0], cursor(m, s, v))]),
}
/**
 * Whether the region at which the loop stands has neither a table nor a superpage.
 *
 * @example
 * { when: conditions.noEntryAtCursor, body: [steps.allocateTable, steps.exchangeEntry] }
 */
export const noEntryAtCursor: Condition = {
  name: 'neither a table nor a superpage is there',
  holds: (m, s, v) => s.pde[pdeIndex(m, s.domain[0], cursor(m, s, v))] === 0,
}
/**
 * Whether another table was there first, so that the caller still has its own.
 *
 * @example
 * { when: conditions.ownTableIsOut, body: [steps.freeOwnTable] }
 */
export const ownTableIsOut: Condition = {
  name: 'another table was there first',
  holds: (m, s, v) => reg('turn')(m, s, v) !== 0,
}
/**
 * Whether no leaf is left in the region at which the loop stands.
 *
 * @example
 * { when: conditions.isClearAtCursor, body: [steps.unlinkTable] }
 */
export const isClearAtCursor: Condition = {
  name: 'no entry is left there',
  holds: (m, s, v) => {
    const at = pdeIndex(m, s.domain[0], cursor(m, s, v))
    return s.pde[at] === 0 || (isTable(s.pde[at]) && tableIsEmpty(m, s, tableIndex(at, s.pde[at])))
  },
}

/**
 * Whether some table of the range is unlinked and waits to be freed.
 *
 * @example
 * { when: conditions.someTableUnlinked(ranges.given), body: flush }
 */
export const someTableUnlinked = (range: Range): Condition => ({
  name: 'a table was unlinked',
  range,
  holds: (m, s, v) => {
    for (let at = range.first(m, s, v); at < range.end(m, s, v); at += 1) {
      if (unlinkedTable(s, pdeIndex(m, s.domain[0], at))) return true
    }
    return false
  },
})

/**
 * Whether the device at which the loop stands has yet to be given ATS, where that comes late.
 *
 * @example
 * { when: conditions.atsIsOff, body: [steps.enableAts] }
 */
export const atsIsOff: Condition = {
  name: 'ATS is off',
  holds: (m, s, v) => s.ats.length > 0 && (s.ats[reg('turn')(m, s, v)] & Ats.On) === 0,
}

/**
 * Whether DMA maps any page of a range.
 *
 * @example
 * { when: conditions.someMapped(ranges.chunk), body: [{ call: 'unmap', on: ranges.chunk }] }
 */
export const someMapped = (range: Range): Condition => ({
  name: `something of ${range?.name} is mapped`,
  range,
  holds: (m, s, v) => {
    for (let at = range.first(m, s, v); at < range.end(m, s, v); at += 1) if (s.mapOf[at] !== 0) return true
    return false
  },
})

/**
 * Whether some page of the range has a leaf in the domain in use.
 *
 * @example
 * { when: conditions.someLeaf(ranges.area), body: flush }
 */
export const someLeaf = (range: Range): Condition => ({
  name: `some page of ${range?.name} has an entry`,
  range,
  holds: (m, s, v) => {
    for (let at = range.first(m, s, v); at < range.end(m, s, v); at += 1) {
      if (leafAt(m, s, s.domain[0], at) !== 0) return true
    }
    return false
  },
})

/**
 * Whether some page of the range has a leaf in the domain in use, or a table of the range waits to be freed.
 *
 * @example
 * { when: conditions.someLeafOrTable(ranges.area), body: flush }
 */
export const someLeafOrTable = (range: Range): Condition => ({
  name: `some page of ${range?.name} has an entry, or a table was unlinked`,
  range,
  holds: (m, s, v) => someLeaf(range).holds(m, s, v) || someTableUnlinked(range).holds(m, s, v),
})

/**
 * Whether some page of the range is mapped, and the domain in use has no leaf for it.
 *
 * @example
 * { when: conditions.someLeafMissing(ranges.allPages), body: putBack }
 */
export const someLeafMissing = (range: Range): Condition => ({
  name: `some mapped page of ${range?.name} has no entry`,
  range,
  holds: (m, s, v) => {
    for (let at = range.first(m, s, v); at < range.end(m, s, v); at += 1) {
      if (s.mapOf[at] !== 0 && leafAt(m, s, s.domain[0], at) === 0) return true
    }
    return false
  },
})

/**
 * Whether a range has a page.
 *
 * @example
 * { when: conditions.isNotEmpty(ranges.area), body: [steps.removeMapping(ranges.area)] }
 */
export const isNotEmpty = (range: Range): Condition => ({
  name: `${range?.name} is not empty`,
  range,
  holds: (m, s, v) => range.first(m, s, v) < range.end(m, s, v),
})

/** Whether no mapping of the region reaches beyond it: then they can be joined to one. */
function mappingsEndWith(m: Machine, s: State, first: number): boolean {
  const end = first + m.perSuper
  const last = s.mapOf[end - 1] - 1
  return s.mapOf[first] === first + 1 && last >= first && last + s.mapLength[last] === end
}

/**
 * Whether every page of the region at the call's start is mapped by one run of frames, read and write, and by mappings
 * that lie within it. An unmap of a mapping that only begins in the superpage would come to a hole, and stop there.
 *
 * @example
 * { when: conditions.regionIsUniform, body: [steps.storeSuperpage(ranges.coveringSuperpages)] }
 */
export const regionIsUniform: Condition = {
  name: 'the region is one run',
  holds: (m, s, v) => {
    const first = Math.floor(reg('callFirst')(m, s, v) / m.perSuper) * m.perSuper
    const frame = leafFrame(leafAt(m, s, s.domain[0], first))
    if (frame < 0 || frame % m.perSuper !== 0 || isMixed(m, first)) return false
    if (!isTable(s.pde[pdeIndex(m, s.domain[0], first)]) || !mappingsEndWith(m, s, first)) return false
    for (let offset = 0; offset < m.perSuper; offset += 1) {
      if (leafAt(m, s, s.domain[0], first + offset) !== makeLeaf(frame + offset, Perm.Both)) return false
    }
    return true
  },
}

/**
 * Whether no device is attached.
 *
 * @example
 * { when: conditions.noDevice, body: [{ each: loops.eachArea, body: [steps.removeMapping(ranges.area)] }] }
 */
export const noDevice: Condition = { name: 'no device is attached', holds: (_, s) => attachedCount(s) === 0 }
/**
 * Whether a device is attached.
 *
 * @example
 * { when: conditions.someDevice, body: [{ call: 'map', on: ranges.chunk }] }
 */
export const someDevice: Condition = { name: 'a device is attached', holds: (_, s) => attachedCount(s) > 0 }
/**
 * Whether the attached device is the only one.
 *
 * @example
 * { when: conditions.isFirstDevice, body: fill }
 */
export const isFirstDevice: Condition = { name: 'it is the first device', holds: (_, s) => attachedCount(s) === 1 }
/**
 * Whether the device that is being plugged in got as far as being attached.
 *
 * @example
 * { when: conditions.movingIsAttached, body: [{ call: 'detach', on: ranges.allPages }] }
 */
export const movingIsAttached: Condition = {
  name: 'the device is attached',
  holds: (_, s) => s.plugged.some((plug, device) => plug === Plug.Coming && isAttached(s, device)),
}
