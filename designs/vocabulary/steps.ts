import type { Kind } from '../../model/actions/relation.js'
import { isSuperpage, pdeIndex, unlinkedTable } from '../../model/actions/vtd/page-table.js'
import { Reg, reg, regOf } from '../../model/machine/registers.js'
import { hasFailedWaits, hasTruncations } from '../../model/machine/scope.js'
import { Attr, lockNames, Owner, Plug } from '../../model/machine/state.js'
import type { Note, Operand, Range, Step } from '../../model/plan/plan.js'
import { slot } from './ranges.js'

type Lock = (typeof lockNames)[number]
type On = Exclude<Step['on'], undefined>

function act(row: Kind, args: readonly Operand[], more: Omit<Step, 'row' | 'args'> = {}): Step {
  return { row, args, ...more }
}

const cursor = reg('cursor')
const turn = reg('turn')
const stride = reg('stride')
const count =
  (range: Range): Operand =>
  (m, s, v) =>
    range.end(m, s, v) - range.first(m, s, v)
/** The domain that the container's devices use now. */
export const domain: Operand = (_, s) => s.domain[0]
export const otherDomain: Operand = (_, s) => 1 - s.domain[0]
const constant =
  (value: number): Operand =>
  () =>
    value

export const inPlace: On = (m) => m.scope.backing === 'in-place'
export const separate: On = (m) => m.scope.backing === 'separate'

/** A lock that the surrounding design, or the call, takes. */
export const acquire = (lock: Lock): Step =>
  act('lock.acquire', [constant(lockNames.indexOf(lock))], { lock: lockNames.indexOf(lock) })
export const release = (lock: Lock): Step => act('lock.release', [constant(lockNames.indexOf(lock))])
/** The same, where only the secure EPT makes it matter. */
export const acquireKvm = (lock: Lock): Step => ({ ...acquire(lock), part: 'secureEpt' })
export const releaseKvm = (lock: Lock): Step => ({ ...release(lock), part: 'secureEpt' })

/** Books and checks of the mapping interfaces. */
export type MapRow = 'vfio.map-dma' | 'iommufd.map' | 'compat.map'
export const addMapping = (row: MapRow, range: Range): Step => act(row, [range.first, count(range)])
export const checkRights = (range: Range): Step => act('compat.check-rights', [range.first, count(range)])
export const checkUnmap = (
  row: 'vfio.unmap-dma' | 'vfio.unmap-dma-v1' | 'iommufd.unmap' | 'compat.unmap',
  range: Range,
): Step => act(row, [range.first, count(range)])
export const isolateArea = (range: Range): Step => act('iommufd.isolate-area', [range.first, count(range)])
export const removeMapping = (range: Range): Step => act('container.remove-mapping', [range.first, count(range)])
export const splitArea = (range: Range): Step => act('area.split', [range.first, count(range)])
export const joinAreas = (range: Range): Step => act('area.join', [range.first, count(range)])

export const pinPage = act('mm.pin-page', [cursor])
export const pinForIommufd = act('iommufd.pin-page', [cursor])
export const accountPins = act('iommufd.account', [])
export const pinFilePage = act('mm.pin-file-page', [cursor])
export const unpinPage = act('mm.unpin-page', [cursor])

/** Stores to the IOMMU's tables. */
/** A superpage's entry goes as a whole, but where its memory is taken for a table: then the loop goes over a part. */
const sizeAtCursor: Operand = (m, s, v) => {
  if (!isSuperpage(s.pde[pdeIndex(m, s.domain[0], cursor(m, s, v))])) return 0
  return m.platform.partialUnmap === 'run-on' && stride(m, s, v) < m.perSuper ? 0 : 1
}
export const writeLargest = act('vtd.write-entry', [domain, cursor, (m, s, v) => (stride(m, s, v) > 1 ? 1 : 0)])
export const writeSmall = act('vtd.write-entry', [domain, cursor, constant(0)])
export const writeInOther = act('vtd.write-entry', [otherDomain, cursor, constant(0)])
export const clearLeaf = act('vtd.clear-entry', [domain, cursor, sizeAtCursor])
export const clearLeafInOther = act('vtd.clear-entry', [otherDomain, cursor, constant(0)])
export const unlinkTable = act('vtd.unlink-table', [domain, cursor])
export const freeTables = act('vtd.free-tables', [domain, cursor])
export const clflushTables = (range: Range, on: Operand = domain): Step =>
  act('vtd.clflush-tables', [on, range.first, count(range)], {
    part: 'coherency',
    on: (m) => !m.platform.coherentPageWalk,
  })
export const fillTable = act('vtd.fill-table', [domain, cursor])
export const linkTable = act('vtd.link-table', [domain, cursor])
/** A table in small steps: allocated, put in by compare-exchange, and freed if another was there first. */
export const allocateTable = act('vtd.allocate-table', [domain, cursor])
export const exchangeEntry = act('vtd.exchange-entry', [domain, cursor])
export const storeEntry = act('vtd.store-entry', [domain, cursor])
export const freeOwnTable = act('vtd.free-own-table', [domain, cursor])
export const storeSuperpage = (range: Range): Step => act('vtd.store-superpage', [domain, range.first])
export const freeTablesOf = (range: Range): Step => act('vtd.free-tables', [domain, range.first])

/** Invalidation: the hint is set only if no table of the range waits to be freed. */
const hintFor =
  (range: Range): Operand =>
  (m, s, v) => {
    for (let at = range.first(m, s, v); at < range.end(m, s, v); at += 1) {
      if (unlinkedTable(s, pdeIndex(m, s.domain[0], at))) return 0
    }
    return 1
  }
export const submitPsi = (range: Range, tables: Range): Step =>
  act('vtd.submit-psi', [turn, domain, range.first, count(range), hintFor(tables)])
/** The same after a table of the range was freed: what caches know of paging structures goes as well. */
export const submitPsiWithoutHint = (range: Range): Step =>
  act('vtd.submit-psi', [turn, domain, range.first, count(range), constant(0)])
/** Of a range, what is cached under the id of the domain that is not in use. */
export const submitPsiOfOther = (range: Range): Step =>
  act('vtd.submit-psi', [turn, otherDomain, range.first, count(range), constant(0)])
export const submitDsi = (on: Operand = domain): Step => act('vtd.submit-dsi', [turn, on])
export const submitDeviceTlb = (range: Range): Step =>
  act('vtd.submit-device-tlb', [turn, range.first, count(range)], { part: 'deviceTlb', on: (m) => m.platform.ats })
/** Once more for a device that answers its first invalidation ahead of its writes. */
export const submitDeviceTlbAgain = (range: Range): Step =>
  act('vtd.submit-device-tlb', [turn, range.first, count(range)], {
    part: 'deviceTlb',
    on: (m) => m.platform.ats && m.platform.deviceInvalidation === 'early',
  })
/** A batch of invalidations, and its wait. Linux queues all again if it was aborted, and ignores any other error. */
export const startBatch = act('vtd.start-batch', [], { restarts: true, on: ({ scope }) => hasFailedWaits(scope) })
export const wait = act('vtd.wait', [], { fail: 'restart' })
/** Waits that Linux does not have: one that takes every end of it for done, and two that see each error. */
export const waitIgnoring: Step = { ...wait, fail: 'ignore' }
export const waitChecked: Step = { ...wait, row: 'vtd.wait-checked' }
export const waitForWord: Step = { ...wait, row: 'vtd.wait-for-word' }
export const deferFlush = act('vtd.defer-flush', [domain])

/** Domains and devices. */
export const blockTranslation = act('vtd.block-translation', [turn], { on: (m) => !m.platform.replaceHitless })
export const attachOther = act('vtd.attach', [turn, otherDomain])
/** One word of a present context entry after the other, as no driver should. */
export const writeOtherId = act('vtd.write-context-id', [turn, otherDomain], { part: 'contextCache' })
export const writeOtherTables = act('vtd.write-context-tables', [turn, otherDomain], { part: 'contextCache' })
export const submitContext = act('vtd.submit-context', [turn], { part: 'contextCache' })
const blocks: On = (m) => !m.platform.replaceHitless
export const submitBlockedContext: Step = { ...submitContext, on: blocks }
export const submitReplacedContext: Step = { ...submitContext, on: (m) => m.platform.replaceHitless }
export const waitBlocked: Step = { ...wait, part: 'contextCache', on: blocks }
/** The step, where units cache context entries; and where they do not. */
export const inContextCache = (step: Step): Step => ({ ...step, part: 'contextCache' })
export const notInContextCache = (step: Step): Step => ({ ...step, on: (m) => !m.parts.contextCache })
export const useOther = act('iommufd.use-domain', [otherDomain])

/** ATS of the device that `vmm.enable-ats` names. */
export const enableAts = act('vtd.enable-ats', [turn], { part: 'deviceTlb', on: (m) => m.platform.ats })
export const assignDeviceTag = act('vtd.assign-device-tag', [turn], { part: 'deviceTlb', on: (m) => m.platform.ats })

/** The one device that is being plugged in or unplugged. */
const moving: Operand = (_, s) => s.plugged.findIndex((plug) => plug === Plug.Coming || plug === Plug.Going)
export const attachMoving = act('vtd.attach', [moving, domain])
export const blockMoving = act('vtd.block-translation', [moving])
export const submitContextOfMoving = act('vtd.submit-context', [moving], { part: 'contextCache' })
export const deviceReady = act('vmm.device-ready', [moving])
export const deviceGone = act('vmm.device-gone', [moving])

/** KVM and the backing. */
export const invalidateBegin = (range: Range): Step =>
  act('kvm.invalidate-begin', [range.first, count(range)], { part: 'secureEpt' })
export const invalidateEnd: Step = act('kvm.invalidate-end', [], { part: 'secureEpt' })
export const zapShared = (range: Range): Step =>
  act('kvm.zap-shared', [range.first, count(range)], { part: 'secureEpt' })
export const unmapHost = (range: Range): Step =>
  act('gmem.unmap-host', [range.first, count(range)], { part: 'hostAccess', on: inPlace })
export const setAttributes = (range: Range, to: number): Step =>
  act('kvm.set-attributes', [range.first, count(range), constant(to)])
export const punchShared = act('shmem.punch-hole', [cursor], { on: separate })
export const punchPrivate = act('gmem.punch-hole', [cursor], { on: separate })
export const sealFile = act('shmem.seal', [], { on: ({ scope }) => hasTruncations(scope) })
export const findRegion = (range: Range): Step =>
  act('vmm.find-region', [range.first, count(range)], { on: ({ scope }) => scope.regionPages > 0 })
export const splitSlot = act('kvm.split-slot', [reg('page')])
export const joinSlot = act('kvm.join-slot', [reg('page')])
export const deleteSlotOf = (range: Range): Step => act('kvm.delete-slot', [range.first])
export const createSlotOf = (range: Range): Step => act('kvm.create-slot', [range.first])
export const slotGone = act('vmm.slot-gone', [slot.first])
export const slotReady = act('vmm.slot-ready', [slot.first])

const repeated = { part: 'secureEpt', fail: 'repeat' } as const
export const blockPage = act('tdh.mem.range.block', [cursor], repeated)
export const track = act('tdh.mem.track', [], repeated)
export const kickVcpus = act('kvm.kick-vcpus', [], { part: 'secureEpt', on: (m) => !m.parts.cpuFlush })
export const requestFlush = act('kvm.request-flush', [], { part: 'cpuFlush' })
export const waitFlush = act('kvm.wait-flush', [], { part: 'cpuFlush' })
/** The step, where a flush of vCPU TLBs is in parts. */
export const inCpuFlush = (step: Step): Step => ({ ...step, part: 'cpuFlush' })
export const removePage = act('tdh.mem.page.remove', [cursor], repeated)
export const wbinvdPage = act('tdh.phymem.page.wbinvd', [cursor], { part: 'secureEpt' })

/** A pool: `allowed` says whether the policy lets the conversion pass. */
export const checkPool = (range: Range, allowed: Operand): Step =>
  act('vmm.check-pool', [range.first, count(range), allowed])
/** The VMM's own book: what it takes the page for at which a loop of the design stands. */
export const notePage = (as: number): Step => act('vmm.note-page', [reg('page'), constant(as)])
export const { Private, Shared } = Attr
export { Owner }

/** Finds the hull of the mappings that meet the chunk. */
export const findHull: Note = {
  name: 'find hull',
  run: (_, s, v) => {
    const first = s.reg[regOf(v, Reg.chunkFirst)]
    const last = s.reg[regOf(v, Reg.chunkEnd)] - 1
    const owner = s.mapOf[last]
    s.reg[regOf(v, Reg.hullFirst)] = s.mapOf[first] === 0 ? first : s.mapOf[first] - 1
    s.reg[regOf(v, Reg.hullEnd)] = owner === 0 ? last + 1 : owner - 1 + s.mapLength[owner - 1]
  },
}

/** Notes that the call's mapping is in the books, so that a failure takes it out again. */
export const noteArea: Note = {
  name: 'note area',
  run: (_, s, v) => {
    s.reg[regOf(v, Reg.areaFirst)] = s.reg[regOf(v, Reg.callFirst)]
    s.reg[regOf(v, Reg.areaEnd)] = s.reg[regOf(v, Reg.callEnd)]
  },
}
