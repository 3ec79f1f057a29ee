import { places } from '../model/actions/places.js'
import { kindIndex } from '../model/actions/relation.js'
import { candidate, nextStep, step } from '../model/actions/step.js'
import { EndlessPlan, initialState, serveQueue } from '../model/initial-state.js'
import { codeLength } from '../model/machine/action.js'
import { ConversionEnd, DmaEnd } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
import { Attr, Dma, Phase, type State } from '../model/machine/state.js'
import { isSuperpage, leafAt, pdeIndex } from '../model/memory/page-table.js'
import { GuestView } from '../model/plan/interpreter.js'
import { type CostCounters, zeroCounters } from './counters.js'
import { Footprint } from './footprint.js'
import { Iotlb, type IotlbSizes } from './iotlb.js'
import { Refills } from './refills.js'
import type { ConvertStep, DmaStep, WorkloadStep } from './workload.js'

/** A DSI has its domain at the same place. */
const psiArg = places('vcpu', 'unit', 'domain', 'iovfn', 'count')

const kind = {
  convert: kindIndex('guest.convert'),
  nextChunk: kindIndex('kvm.map-gpa.next-chunk'),
  retry: kindIndex('guest.retry'),
  populate: kindIndex('gmem.populate'),
  issue: kindIndex('dma.issue'),
  walk: kindIndex('iommu.walk'),
  complete: kindIndex('dma.complete'),
  psi: kindIndex('iommu.submit-psi'),
  dsi: kindIndex('iommu.submit-dsi'),
  deviceTlb: kindIndex('iommu.submit-device-tlb'),
  flushDeferred: kindIndex('iommu.flush-deferred'),
  wait: kindIndex('iommu.wait'),
  useDomain: kindIndex('iommufd.use-domain'),
  release: kindIndex('lock.release'),
}

/** How often a guest asks again for what it is told to retry, before the run gives up. */
const maxRetries = 3
/** Conversions after which a timer flushes in lazy mode: as many unmaps as Linux lets wait. */
const flushedAfter = 256
/** Entries that a walk reads on its way to a leaf of 4 KiB, by four levels of tables; one less for 2 MiB. */
const walkLevels = 4

/** How a workload is run. */
export interface RunOptions {
  readonly iotlb: IotlbSizes
  /** The first range that becomes shared is a bounce pool. */
  readonly hasPool?: boolean
  /** A state between two requests to begin with, instead of the initial one. The run changes it. */
  readonly start?: State
  /** The driver is `iommufdReplaceUnfilled`: what it leaves out of `iommufdReplace` is counted. */
  readonly countsRefills?: boolean
  /** The run stops behind the switch of domains that reaches one of these. */
  readonly maxSteps?: number
  readonly maxSwitches?: number
}

/**
 * One machine that runs a workload step by step: each conversion to its end, DMA in between. All that happens is a step
 * of the model; this class chooses the next one and counts.
 */
export class CostRun {
  readonly counters: CostCounters = zeroCounters()
  /** Index, in `failing`, of why the first conversion was refused that was; -1 if none was. */
  refusedBy = -1
  /** Why the run stopped before its workload's end. */
  stopped: 'retries' | 'vm' | 'steps' | undefined
  /** Calls of the driver that have switched from one domain to the other. */
  switches = 0
  readonly s: State
  private hasSwitched = false
  private readonly refills: Refills | undefined
  private readonly footprint: Footprint
  private readonly iotlb: Iotlb
  private readonly code = new Int32Array(codeLength)
  private isOpen = false
  /** Pages of the pool, one after the other, and the next of them; none before it is shared. */
  private poolEnd = 0
  private poolNext = 0

  constructor(
    private readonly m: Machine,
    private readonly options: RunOptions,
  ) {
    this.s = options.start ?? initialState(m)
    this.refills = options.countsRefills === true ? new Refills(m, this.s) : undefined
    this.iotlb = new Iotlb(options.iotlb, m.perSuper, m.pages)
    this.footprint = new Footprint(m, this.s)
    this.notePeaks()
  }

  /** @param givesUp whether the guest shares nothing more once it was refused */
  run(steps: Iterable<WorkloadStep>, givesUp = false): void {
    for (const step of steps) {
      if (step.op === 'dma') this.dma(step)
      else if (step.to === 'private' || !givesUp || this.refusedBy < 0) this.convert(step)
      if (this.stopped !== undefined) return
    }
  }

  private convert({ gfn, count, to }: ConvertStep): void {
    const { counters } = this
    const side = to === 'private' ? Attr.Private : Attr.Shared
    if (!this.changesSomething(gfn, gfn + count, side)) return
    counters.conversions += 1
    this.put(kind.convert, 0, gfn, count, side)
    const end = this.request(this.take())
    if (this.stopped !== undefined) return
    this.afterConversion()
    if (end === ConversionEnd.Retry) this.stopped = 'retries'
    else if (end === ConversionEnd.Stopped) this.stopped = 'vm'
    else if (end === ConversionEnd.Refused) counters.refused += 1
    else if (to === 'private') this.populate(gfn, gfn + count)
    else if (this.options.hasPool === true && this.poolEnd === 0) {
      this.poolNext = gfn
      this.poolEnd = gfn + count
    }
  }

  /** Carries a request to its end. @returns how it ended: with RETRY if the guest asked again in vain */
  private request(begun: number): number {
    const { s, counters } = this
    let [end, retries] = [begun, 0]
    while (end === ConversionEnd.None || (end === ConversionEnd.Retry && retries < maxRetries)) {
      if (end === ConversionEnd.Retry) {
        retries += 1
        counters.retried += 1
        end = this.put(kind.retry, 0).take()
      } else if (s.phase[0] === Phase.Boundary) end = this.put(kind.nextChunk, 0).take()
      else end = this.takePlan()
      if (this.stopped !== undefined) return end
    }
    return end
  }

  /** In lazy mode the timer flushes now and then. */
  private afterConversion(): void {
    if (this.counters.conversions % flushedAfter !== 0) return
    if (candidate(this.m, this.s, kind.flushDeferred, this.s.domain[0], this.code)) {
      this.iotlb.drop(this.s.domain[0], 0, this.m.pages, true)
      this.take()
    }
  }

  private changesSomething(first: number, end: number, side: number): boolean {
    const already = side === Attr.Private ? GuestView.Private : GuestView.Shared
    for (let gfn = first; gfn < end; gfn += 1) if (this.s.guestView[gfn] !== already) return true
    return false
  }

  /** The guest uses what is private again. */
  private populate(first: number, end: number): void {
    for (let gfn = first; gfn < end; gfn += 1) {
      if (candidate(this.m, this.s, kind.populate, gfn * this.m.scope.vcpus, this.code)) this.take()
    }
  }

  /** The next step of vCPU 0's plan, or what the unit owes it. @returns how the conversion ended, if it did */
  private takePlan(): number {
    const { m, s, code } = this
    if (!nextStep(m, s, 0, code)) {
      if (!serveQueue(m, s, code)) throw new EndlessPlan(s.pc[0])
      return ConversionEnd.None
    }
    const { counters } = this
    counters.steps += 1
    if (code[0] === kind.psi || code[0] === kind.dsi || code[0] === kind.deviceTlb) this.invalidate()
    else if (code[0] === kind.wait) {
      counters.waits += 1
      if (this.footprint.unreachable > 0) counters.windowWaits += 1
    }
    const end = this.take()
    this.afterStep()
    return end
  }

  /** A driver that switches does so once in a call, and lets go of its lock behind that. */
  private afterStep(): void {
    const { code, counters, footprint, refills } = this
    const { maxSteps = Number.POSITIVE_INFINITY, maxSwitches = Number.POSITIVE_INFINITY } = this.options
    refills?.note(code)
    if (code[0] === kind.useDomain) this.hasSwitched = true
    if (code[0] !== kind.release || !this.hasSwitched) return
    this.hasSwitched = false
    this.switches += 1
    if (refills !== undefined) {
      const leftOut = refills.endCall()
      counters.steps += leftOut
      if (footprint.unreachable > 0) counters.windowSteps += leftOut
      counters.tables = Math.max(counters.tables, refills.tables)
    }
    if (counters.steps > maxSteps || this.switches >= maxSwitches) this.stopped = 'steps'
  }

  /** Nothing translates between the moment at which an invalidation is queued and the one at which it is done. */
  private invalidate(): void {
    const { m, code } = this
    this.counters.invalidations += 1
    const larger = m.platform.psiMatch === 'containment'
    const [domain, iovfn] = [code[psiArg.domain], code[psiArg.iovfn]]
    if (code[0] === kind.psi) this.iotlb.drop(domain, iovfn, iovfn + code[psiArg.count], larger)
    else if (code[0] === kind.dsi) this.iotlb.drop(domain, 0, m.pages, true)
  }

  private dma({ gfn, count, access, bounced = false }: DmaStep): void {
    for (let page = gfn; page < gfn + count; page += 1) {
      const target = this.s.guestView[page] === GuestView.Shared ? page : this.fromPool()
      if (target < 0) this.counters.notBegun += 1
      else {
        if (bounced || target !== page) this.counters.copies += 1
        this.dmaPage(target, access === 'write' ? 1 : 0)
      }
    }
  }

  /** A page of the pool for a buffer that is private; -1 if there is no pool. */
  private fromPool(): number {
    if (this.poolEnd === 0) return -1
    const page = this.poolNext
    this.poolNext = page + 1 < this.poolEnd ? page + 1 : this.poolFirst()
    return page
  }

  private poolFirst(): number {
    let first = this.poolEnd - 1
    while (first > 0 && this.s.guestView[first - 1] === GuestView.Shared) first -= 1
    return first
  }

  private dmaPage(gfn: number, write: number): void {
    const { m, s, counters, iotlb } = this
    const domain = s.attached[0] - 1
    counters.dma += 1
    this.put(kind.issue, 0, gfn, m.tellsReads ? write : 1).take()
    const pde = s.pde[pdeIndex(m, domain, gfn)]
    const leaf = leafAt(m, s, domain, gfn)
    if (iotlb.lookUp(domain, gfn) < 0) {
      counters.misses += 1
      counters.walkReads += isSuperpage(pde) ? walkLevels - 1 : walkLevels
      if (leaf !== 0) iotlb.keep(domain, gfn, isSuperpage(pde) ? pde : leaf, isSuperpage(pde))
    }
    this.put(kind.walk, 0).take()
    if (m.event.dma === DmaEnd.Blocked) counters.faults += 1
    else if (s.dma[0] === Dma.Translated) this.put(kind.complete, 0).take()
  }

  private put(row: number, first: number, second = 0, third = 0, fourth = 0): this {
    this.code.fill(0)
    this.code.set([row, first, second, third, fourth])
    return this
  }

  /** Takes the step that is in the code. @returns how a conversion ended in it, if one did */
  private take(): number {
    const { m, s, code, counters, footprint } = this
    step(m, s, code)
    const end = m.event.conversion
    if (end === ConversionEnd.Refused && this.refusedBy < 0) this.refusedBy = m.event.endCause
    if (m.touched.count > 0) footprint.update(code[0])
    this.notePeaks()
    if (footprint.unreachable === 0) this.isOpen = false
    else {
      if (!this.isOpen) counters.windows += 1
      this.isOpen = true
      counters.windowSteps += 1
      if (footprint.unreachable > counters.windowPages) counters.windowPages = footprint.unreachable
    }
    return end
  }

  private notePeaks(): void {
    const { counters, s, footprint } = this
    if (s.mappings[0] > counters.mappings) counters.mappings = s.mappings[0]
    if (s.pinnedPages[0] > counters.pinned) counters.pinned = s.pinnedPages[0]
    if (s.lockedPages[0] > counters.locked) counters.locked = s.lockedPages[0]
    if (s.slotsUsed[0] > counters.slots) counters.slots = s.slotsUsed[0]
    if (footprint.tables > counters.tables) counters.tables = footprint.tables
    if (footprint.doublyHeld > counters.doublyHeld) counters.doublyHeld = footprint.doublyHeld
  }
}
