import { unmapReturned } from '../../designs/vocabulary/by-size.js'
import { places } from '../../model/actions/places.js'
import { kindIndex, rows } from '../../model/actions/relation.js'
import type { EnvironmentRow } from '../../model/actions/row.js'
import { step } from '../../model/actions/step.js'
import { runAlone } from '../../model/initial-state.js'
import { codeLength, Flaw } from '../../model/machine/action.js'
import { DmaEnd } from '../../model/machine/effects.js'
import { errnoNames } from '../../model/machine/errno.js'
import type { Machine } from '../../model/machine/machine.js'
import { Attr, Dma, Phase } from '../../model/machine/state.js'
import type { ErrnoCode } from '../../model/machine/units.js'
import { allocatePrivate, allocateShared } from '../../model/memory/frame-allocator.js'
import { leafAt } from '../../model/memory/page-table.js'
import type { Answer, Call } from '../protocol/messages.js'
import { isRmm } from '../protocol/validate-call.js'
import { place } from './attachment.js'
import type { CandidateState } from './candidate-state.js'
import { flawOf } from './flaws.js'
import { keepIotlbUpperBound } from './iotlb-upper-bound.js'
import { closedAnswer, observedAccounting } from './observe.js'
import type { CandidatePool, Prediction } from './prediction.js'
import { predictRmm } from './rmm/predict.js'
import { predictSept } from './sept/predict.js'
import { clearEntries, framesToClear, frameToWrite, writeEntries } from './table-data.js'

const deviceArg = places('device')

type CallOf<K extends Call['call']> = Extract<Call, { call: K }>

const code = new Int32Array(codeLength)
const ok = { outcome: 'ok' } as const

/** Writes an action into the one code that this file works with. @param args in the order of its row's parameters */
function set(kind: number, ...args: readonly number[]): Int32Array {
  code.fill(0)
  code[0] = kind
  code.set(args, 1)
  return code
}

const kind = {
  map: kindIndex('host.map'),
  unmap: kindIndex('host.unmap'),
  issue: kindIndex('dma.issue'),
  complete: kindIndex('dma.complete'),
  convert: kindIndex('guest.convert'),
  nextChunk: kindIndex('kvm.map-gpa.next-chunk'),
  punchShared: kindIndex('shmem.punch-hole'),
  punchPrivate: kindIndex('gmem.punch-hole'),
} as const

const reply = (candidate: CandidateState, answer: Answer): Prediction => ({ candidate, answer, cause: -1, reason: -1 })

/** How a raw call ended: its errno, 0 for none, and the rule behind it (`failing`). */
interface Ending {
  errno: ErrnoCode
  cause: number
}

/** Runs one raw call alone, from its begin to its end. */
function callAlone({ machine: m, state: s }: CandidateState, action: Int32Array): Ending {
  const ending = { errno: 0, cause: -1 }
  const note = ({ event }: Machine): void => {
    if (event.callFailed === 0) return
    ending.errno = event.callFailed
    ending.cause = event.callCause
  }
  step(m, s, action)
  note(m)
  runAlone(m, s, note)
  return ending
}

const outcomeOf = ({ errno }: Ending): Answer => ({ outcome: errnoNames[errno] ?? 'ok' })
const noPermissions = 4

function mappedPages({ machine: m, state: s }: CandidateState): number {
  let pages = 0
  for (let iovfn = 0; iovfn < m.pages; iovfn += 1) pages += leafAt(m, s, s.domain[0] ?? 0, iovfn) === 0 ? 0 : 1
  return pages
}

/** A page table pins nothing: who maps by it does. */
const pinsOf = ({ isTable, state: s }: CandidateState): Pick<Answer, 'pins'> =>
  isTable ? {} : { pins: s.pinnedPages[0] ?? 0 }

/** The calls that follow are about this domain of a page table; a driver of a container chooses its own. */
function use({ isTable, state: s }: CandidateState, domain = 0): void {
  if (isTable) s.domain[0] = domain
}

function map(candidate: CandidateState, call: CallOf<'map'>): Prediction[] {
  const { iovfn, count, permissions, flaw } = call
  use(candidate, call.domain)
  const restore = keepIotlbUpperBound(candidate)
  const written = frameToWrite(candidate, iovfn, count)
  const ending = callAlone(candidate, set(kind.map, 0, iovfn, count, permissions || noPermissions, flawOf(flaw)))
  restore()
  if (ending.errno === 0) writeEntries(candidate, written)
  return [{ candidate, answer: { ...outcomeOf(ending), ...pinsOf(candidate) }, cause: ending.cause, reason: -1 }]
}

/** What `iommu_unmap()` returns follows from the tables before it. */
function unmapFromTable(candidate: CandidateState, call: CallOf<'unmap'>): Prediction[] {
  const { iovfn, count } = call
  const { machine: m, state: s } = candidate
  use(candidate, call.domain)
  const unmapped = unmapReturned(m, s, s.domain[0] ?? 0, iovfn, iovfn + count)
  const restore = keepIotlbUpperBound(candidate)
  const cleared = framesToClear(candidate, iovfn, count)
  callAlone(candidate, set(kind.unmap, 0, iovfn, count, Flaw.None))
  restore()
  clearEntries(candidate, cleared)
  candidate.forgetFreed()
  return [reply(candidate, { outcome: 'ok', unmapped })]
}

function unmapRange(candidate: CandidateState, iovfn: number, count: number, flaw: number): Prediction[] {
  const before = mappedPages(candidate)
  const restore = keepIotlbUpperBound(candidate)
  const ending = callAlone(candidate, set(kind.unmap, 0, iovfn, count, flaw))
  restore()
  candidate.forgetFreed()
  const answer = { ...outcomeOf(ending), ...pinsOf(candidate) }
  const unmapped = before - mappedPages(candidate)
  return [{ candidate, answer: ending.errno === 0 ? { ...answer, unmapped } : answer, cause: ending.cause, reason: -1 }]
}

type Way = readonly [kind: number, parameter: number]

const unmap = (candidate: CandidateState, call: CallOf<'unmap'>): Prediction[] =>
  candidate.isTable ? unmapFromTable(candidate, call) : unmapRange(candidate, call.iovfn, call.count, flawOf(call.flaw))

/** Ways of hardware to translate a DMA: a walk that may fill the cache, and what the cache may hold. */
const ways: readonly Way[] = [
  [kindIndex('iommu.walk'), 1],
  [kindIndex('iommu.hit-iotlb'), 0],
  [kindIndex('iommu.hit-iotlb'), 1],
]
/** Of a device without a domain there is nothing to keep. */
const blockedWays: readonly Way[] = [[kindIndex('iommu.walk'), 0]]

/**
 * A cache that keeps all it can stands for every cache that holds less, since a hit is never forced: so a walk always
 * fills, and nothing is evicted.
 */
function dma(
  candidate: CandidateState,
  call: CallOf<'dma-read'> | CallOf<'dma-write'>,
  pool: CandidatePool,
): Prediction[] {
  const { device, iovfn } = call
  const value = call.call === 'dma-write' ? call.value : -1
  step(candidate.machine, candidate.state, set(kind.issue, device, iovfn, value < 0 ? 0 : 1, 0))
  const found: Prediction[] = []
  const isAttached = candidate.state.attached[device] !== 0
  for (const [way, parameter] of isAttached ? ways : blockedWays) {
    const row = rows[way] as EnvironmentRow
    if (!row.possible(candidate.machine, candidate.state, set(way, device, parameter))) continue
    found.push(translated(pool.copy(candidate), set(way, device, parameter), value))
  }
  pool.drop(candidate)
  return found
}

function translated(candidate: CandidateState, action: Int32Array, value: number): Prediction {
  const { machine: m, state: s, values } = candidate
  const device = action[deviceArg.device] ?? 0
  m.coverage = candidate.coverage
  step(m, s, action)
  const frame = (s.dmaFrame[device] ?? 0) - 1
  if (s.dma[device] === Dma.Translated) step(m, s, set(kind.complete, device))
  const isDone = m.event.dma === DmaEnd.Done
  if (isDone && value >= 0) values[frame] = value
  const fault = !isDone && m.event.recorded === 1 ? 1 : 0
  const reason = isDone ? -1 : m.event.reason
  if (fault === 1) candidate.faulted = true
  readFaults(candidate)
  const data = isDone ? (values[frame] ?? 0) : 0
  const result = isDone ? 'done' : 'blocked'
  const answer: Answer = value < 0 ? { outcome: 'ok', result, data, fault } : { outcome: 'ok', result, fault }
  return { candidate, answer, cause: -1, reason }
}

/** The kernel reads fault records at once, so the ring is empty after each call. */
function readFaults({ state: s }: CandidateState): void {
  s.faults.fill(0)
  s.overflow.fill(0)
}

/** What a device writes to a range's first page while the range is unmapped. */
const underUnmap = 90

/** The write takes place before the entry is gone and flushed, or is blocked behind that; the reply leaves it open. */
function unmapUnderDma(
  candidate: CandidateState,
  { iovfn, count, device }: CallOf<'unmap-under-dma'>,
  pool: CandidatePool,
): Prediction[] {
  const write = { call: 'dma-write', device, iovfn, value: underUnmap } as const
  const late = pool.copy(candidate)
  const first = dma(candidate, write, pool).flatMap(({ candidate: one }) => unmapRange(one, iovfn, count, Flaw.None))
  const behind = unmapRange(late, iovfn, count, Flaw.None).flatMap((ended) =>
    dma(ended.candidate, write, pool).map(({ candidate: one }) => ({ ...ended, candidate: one })),
  )
  return [...first, ...behind]
}

/** The frame behind a page's shared side, filled in first if there is none. */
function sharedFrame({ machine: m, state: s }: CandidateState, page: number): number {
  if (s.sharedFrame[page] === 0) s.sharedFrame[page] = allocateShared(m, s, page)
  return (s.sharedFrame[page] ?? 0) - 1
}

function guestFrame(candidate: CandidateState, page: number): number {
  const { machine: m, state: s } = candidate
  if (s.attr[page] === Attr.Shared) return sharedFrame(candidate, page)
  if (s.privateFrame[page] === 0) s.privateFrame[page] = allocatePrivate(m, s, page)
  return (s.privateFrame[page] ?? 0) - 1
}

function access(candidate: CandidateState, frame: number, value: number): Prediction[] {
  if (value < 0) return [reply(candidate, { outcome: 'ok', data: candidate.values[frame] ?? 0 })]
  candidate.values[frame] = value
  return [reply(candidate, ok)]
}

function punch(candidate: CandidateState, row: number, { page, count }: { page: number; count: number }): Prediction[] {
  const { machine: m, state: s } = candidate
  for (let gfn = page; gfn < page + count; gfn += 1) rows[row]?.apply(m, s, set(row, 0, gfn))
  m.coverage?.note(row, -1)
  candidate.forgetFreed()
  return [reply(candidate, ok)]
}

/** The attribute alone: a conversion superpage by superpage, as the guest or the VMM asks for it. */
function convert(
  candidate: CandidateState,
  { page, count, to }: { page: number; count: number; to: string },
): Prediction[] {
  const { state: s } = candidate
  let ending = callAlone(candidate, set(kind.convert, 0, page, count, to === 'private' ? Attr.Private : Attr.Shared))
  while (s.phase[0] === Phase.Boundary) ending = callAlone(candidate, set(kind.nextChunk, 0))
  if (s.phase[0] !== Phase.Idle) throw new Error(`a conversion of the model stays in phase ${s.phase[0]}`)
  return [{ candidate, answer: outcomeOf(ending), cause: ending.cause, reason: -1 }]
}

/**
 * Every reply that the model allows to a call in a candidate state.
 *
 * @param candidate changed: it becomes one of the candidates after the call, or returns to the pool
 */
export function predict(candidate: CandidateState, call: Call, pool: CandidatePool): Prediction[] {
  candidate.machine.coverage = candidate.coverage
  switch (call.call) {
    case 'map':
      return map(candidate, call)
    case 'unmap':
      return unmap(candidate, call)
    case 'unmap-under-dma':
      return unmapUnderDma(candidate, call, pool)
    case 'attach':
    case 'replace':
    case 'detach':
      return place(candidate, call)
    case 'unmap-all':
      return unmapRange(candidate, 0, candidate.machine.pages, Flaw.None)
    case 'dma-read':
    case 'dma-write':
      return dma(candidate, call, pool)
    case 'host-read':
    case 'host-write':
      return access(candidate, sharedFrame(candidate, call.page), call.call === 'host-read' ? -1 : call.value)
    case 'guest-read':
    case 'guest-write':
      return access(candidate, guestFrame(candidate, call.page), call.call === 'guest-read' ? -1 : call.value)
    case 'punch-hole':
      return punch(candidate, kind.punchShared, call)
    case 'punch-private':
      return punch(candidate, kind.punchPrivate, call)
    case 'set-attributes':
    case 'convert':
      return convert(candidate, call)
    case 'observe':
      return [reply(candidate, observedAccounting(candidate))]
    case 'close':
      return [reply(candidate, closedAnswer(candidate.isTable))]
    default:
      return isRmm(call) ? predictRmm(candidate, call, pool) : predictSept(candidate, call, pool)
  }
}
