import { Reg, reg } from '../../model/machine/registers.js'
import { leafAt } from '../../model/memory/page-table.js'
import type { Condition, Loop, Note, Range } from '../../model/plan/plan.js'
import { set } from './loops/make.js'
import { unmapReturns } from './parts.js'

// What an unmap says it removed, in the register `removed`, and what a caller makes of that.

const [part, removed] = [reg('part'), reg('removed')]

/** The page that the tables are asked to unmap. */
export const pageAsked: Range = {
  name: 'page asked for',
  span: 'page',
  first: part,
  end: (m, s, v) => part(m, s, v) + 1,
}
/** What unmaps removed from there on. */
export const pagesRemoved: Range = {
  name: 'pages removed',
  span: 'superpage',
  first: part,
  end: (m, s, v) => part(m, s, v) + removed(m, s, v),
}

/** Says how many pages the unmap of the page asked for removes. */
export const noteReturned: Note = {
  name: 'note what is removed',
  run: (m, s, v) => set(s, v, Reg.removed, unmapReturns(m, s, s.domain[0], part(m, s, v), part(m, s, v) + 1)),
}

export const isMappedThere: Condition = {
  name: 'an entry there',
  holds: (m, s, v) => leafAt(m, s, s.domain[0], part(m, s, v)) !== 0,
}

/** The pages of a range at which the tables are asked, each behind the one before by as much as `step` says. */
const asking = (name: string, range: Range, step: Range['first']): Loop => ({
  name,
  span: range.span,
  finds: 'element',
  start: (m, s, v) => set(s, v, Reg.part, range.first(m, s, v)),
  seek: (m, s, v) => {
    set(s, v, Reg.removed, 0)
    if (part(m, s, v) < range.end(m, s, v)) return true
    set(s, v, Reg.part, 0)
    return false
  },
  next: (m, s, v) => set(s, v, Reg.part, part(m, s, v) + step(m, s, v)),
})

export const eachPageAsked = (range: Range): Loop => asking(`each page of ${range.name}`, range, () => 1)
/** A page where nothing was removed is passed over. */
export const eachBehindRemoved = (range: Range): Loop =>
  asking(`each page of ${range.name} that is left`, range, (m, s, v) => Math.max(1, removed(m, s, v)))

export const nothingRemoved: Note = { name: 'removed: none', run: (_, s, v) => set(s, v, Reg.removed, 0) }
/** Adds the mapping at work to what the call returns. */
export const addRemoved: Note = {
  name: 'removed: the mapping too',
  run: (m, s, v) => set(s, v, Reg.removed, removed(m, s, v) + reg('areaEnd')(m, s, v) - reg('areaFirst')(m, s, v)),
}
/** Whether the unmap of a page succeeded and took nothing, or took more than the page. */
export const tookOther: Condition = { name: 'not one page was removed', holds: (m, s, v) => removed(m, s, v) !== 1 }
