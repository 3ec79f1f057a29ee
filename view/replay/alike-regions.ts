import type { Machine } from '../../model/machine/machine.js'
import { frameCount } from '../../model/machine/state.js'
import { maxTouchedRanges } from '../../model/machine/touched.js'
import { isTable } from '../../model/memory/page-table.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { type RecordedState, type ViewName, type WholeRun, wholeRun } from '../../search/recorded-state.js'
import type { Simulator } from '../../search/simulator.js'

// Regions of a large guest (superpages) of which one judgement serves many. Two neighbours are alike if every entry of
// the state that is of the second is that of the first, with what it names one region further on. Properties ask of a
// page what is of its region, of the frames that were dealt out to it, and of views that name no page: they say the
// same of all pages that lie as far into regions that are alike.

/** A part of a view's entries, and what these name. */
interface Layout {
  /** Entries of the view to a page, or to a region. */
  readonly per: 'page' | 'two tables' | 'region' | 'two of a region'
  readonly names: 'nothing' | 'frame' | 'mapping' | 'leaf' | 'directory'
}

const ofPages: Layout = { per: 'page', names: 'nothing' }
const framesOfPages: Layout = { per: 'page', names: 'frame' }
const ofRegions: Layout = { per: 'region', names: 'nothing' }
const directory: Layout = { per: 'region', names: 'directory' }
const leaves: Layout = { per: 'two tables', names: 'leaf' }

/** Views by page, by frame (one or several to each page, dealt out by page) and by region. */
export const layouts: Readonly<Partial<Record<ViewName, Layout>>> = {
  ...layoutOf(ofPages, [
    ...(['attr', 'guestView', 'orphans', 'noted', 'hva', 'slotHole', 'sept', 'blockedAge', 'sharedEpt'] as const),
    ...(['mapLength', 'released', 'ripas', 'poisoned', 'payer'] as const),
    ...(['owner', 'pins', 'tag', 'poison', 'references', 'unflushed', 'freedAssigned', 'granule'] as const),
    ...(['hostPage', 'idmap', 'mptKept'] as const),
  ]),
  ...layoutOf(framesOfPages, ['sharedFrame', 'privateFrame', 'pinnedFrame', 'secondPin', 'trustedPte']),
  ...layoutOf(ofRegions, ['slotState', 'rmpLarge', 'rttBlock']),
  ...layoutOf(directory, ['pde', 'visiblePde']),
  ...layoutOf(leaves, ['pte', 'visiblePte']),
  mapOf: { per: 'page', names: 'mapping' },
  table: { per: 'two of a region', names: 'nothing' },
}

/** Views that name no page, frame or table, whatever they hold. All others have to be empty. */
const general: ReadonlySet<ViewName> = new Set([
  ...(['sealed', 'truncationsLeft', 'statusWord', 'queueErrorsLeft', 'timeOutsLeft', 'deferred', 'faults'] as const),
  ...(['overflow', 'attached', 'cachedTables', 'contextPresent', 'contextId', 'contextTables', 'plugged'] as const),
  ...(['ats', 'domain', 'tdisp', 'attested', 'dmar', 'dmarInvalidation', 'iotlbOwed', 'iotlbInvalidation'] as const),
  ...(['sharedRoot', 'lock', 'epoch', 'flushOwed', 'entriesUsed', 'mappings', 'lockedPages'] as const),
  ...(['lockedElsewhere', 'process', 'lockedBy', 'pinnedPages', 'slotsUsed', 'failuresLeft'] as const),
  ...(['referencesLeft', 'hostDead', 'tdDead', 'closed'] as const),
])

function layoutOf<Name extends ViewName>(layout: Layout, names: readonly Name[]): Partial<Record<ViewName, Layout>> {
  return Object.fromEntries(names.map((name) => [name, layout]))
}

/**
 * Leaves of the pages that a reset says were touched those of which one judgement serves for many. A property of the
 * user may ask anything of a page: where there is one, all pages stay.
 */
export function touchFirstOfAlike(
  { machine: m, start }: Pick<Simulator, 'machine' | 'start'>,
  { own }: Catalogue,
): void {
  if (start === undefined || own.properties.length > 0) return
  const firsts = firstOfAlike(m, start)
  if (firsts === undefined || firsts.length > maxTouchedRanges) return
  m.touched.clear()
  for (const region of firsts) m.touched.range(region * m.perSuper, (region + 1) * m.perSuper)
}

type Sizes = Pick<Machine, 'scope' | 'pages' | 'memoryPages' | 'perSuper' | 'regions'>

/**
 * The first of each row of regions that are alike, in ascending order, so that the first page that fails is in one of
 * them.
 *
 * @returns undefined if nothing is known of regions that are alike: some cache, queue or vCPU names a page, or frames
 * are in a common pool
 */
export function firstOfAlike(m: Sizes, state: RecordedState): number[] | undefined {
  if (m.scope.frames === 'pool') return undefined
  const isFirst = new Uint8Array(m.regions + 1)
  isFirst[0] = 1
  // Behind the memory are pages of a device, which are judged otherwise.
  isFirst[Math.floor(m.memoryPages / m.perSuper)] = 1
  isFirst[Math.ceil(m.memoryPages / m.perSuper)] = 1
  for (const [name, { runs }] of Object.entries(state)) {
    const layout = layouts[name as ViewName]
    if (layout !== undefined) for (const run of runs) cutAround(isFirst, wholeRun(run), layout, m)
    else if (runs.length > 0 && !general.has(name as ViewName)) return undefined
  }
  return Array.from({ length: m.regions }, (_, region) => region).filter((region) => isFirst[region] === 1)
}

/** Marks the regions that a run of entries makes unlike the region before them. */
function cutAround(isFirst: Uint8Array, run: WholeRun, layout: Layout, m: Sizes): void {
  const each = entriesPerRegion(layout, m)
  const { first, period, times, width, isRegular } = asRepeated(run)
  const end = first + (times - 1) * period + width
  const cut = (from: number, to: number) => {
    for (let region = Math.floor(from / each); region <= Math.floor(to / each); region += 1) {
      isFirst[region % m.regions] = 1
    }
  }
  if (!isRegular || each % period !== 0 || !movesOn(run, layout, m)) {
    cut(first, end - 1 + each)
    return
  }
  // What stands in the first of the periods that make up a region has nothing like it a region before, and what stands
  // in the last of them has nothing like it a region later.
  const window = each - period + width
  cut(first, Math.min(first + window, end) - 1)
  cut(Math.max(first, end - window) + each, end - 1 + each)
}

/** A run as `times` groups of `width` entries, whose firsts are `period` apart; regular if they do not overlap. */
function asRepeated({ first, count, times, every }: WholeRun) {
  if (times === 1) return { first, period: 1, times: count, width: 1, isRegular: true }
  return { first, period: every, times, width: count, isRegular: every >= count }
}

function entriesPerRegion({ per }: Layout, { perSuper }: Sizes): number {
  if (per === 'region') return 1
  if (per === 'two of a region') return 2
  return per === 'two tables' ? 2 * perSuper : perSuper
}

/** Whether an entry that is one region further on names what is one region further on, and each what is its page's. */
function movesOn(run: WholeRun, layout: Layout, m: Sizes): boolean {
  const { first, value, count, step, times, every, more } = run
  const each = entriesPerRegion(layout, m)
  const further = times === 1 ? step * each : (more * each) / every
  const goesBy = (by: number) => count === 1 || step === by
  const [last, lastValue] = [first + (times - 1) * every + count - 1, value + (times - 1) * more + (count - 1) * step]
  const [page, lastPage] = [pageAt(first, layout, m), pageAt(last, layout, m)]
  const areFrames = isFrameOf(page, value - 1, m) && isFrameOf(lastPage, lastValue - 1, m)
  const areLeaves = isLeafOf(page, value, m) && isLeafOf(lastPage, lastValue, m)
  switch (layout.names) {
    case 'nothing':
      return further === 0
    case 'frame':
      return areFrames && goesBy(1) && further === m.perSuper
    case 'leaf':
      return areLeaves && goesBy(4) && further === 4 * m.perSuper
    case 'directory':
      return isTable(value) ? further === 0 : areLeaves && further === 4 * m.perSuper
    case 'mapping': // of one mapping over many regions all pages name the same first page
      return value > 0 && lastValue <= m.pages && (goesBy(0) || goesBy(1)) && (further === 0 || further === m.perSuper)
  }
}

/** The page that an entry is of; the first page, if it is of a region. */
function pageAt(index: number, { per }: Layout, { pages, perSuper, regions }: Sizes): number {
  if (per === 'page') return index % pages
  if (per === 'region') return (index % regions) * perSuper
  return (Math.floor(index / perSuper / 2) % regions) * perSuper + (index % perSuper)
}

const isFrameOf = (page: number, frame: number, { scope, pages }: Sizes): boolean =>
  frame >= 0 && frame < frameCount(scope) && frame % pages === page
const isLeafOf = (page: number, leaf: number, m: Sizes): boolean => leaf >= 4 && isFrameOf(page, (leaf >>> 2) - 1, m)
