import type { Machine } from '../../../model/machine/machine.js'
import type { State } from '../../../model/machine/state.js'
import { type Column, columnsOf, compareIn, swapIn } from './vcpus.js'

/** Devices behind one IOMMU unit are interchangeable where no plan names one by its number. */
export class DeviceSymmetry {
  private readonly columns: readonly Column[]
  private readonly count: number
  private readonly units: number

  constructor(m: Machine, s: State) {
    this.count = m.scope.devices
    this.units = m.scope.units
    const dma = [s.dma, s.dmaGfn, s.dmaWrite, s.dmaOther, s.dmaFrame, s.dmaDomain, s.dmaShared, s.dmaDrain]
    const context = [s.plugged, s.cachedTables, s.contextPresent, s.contextId, s.contextTables]
    this.columns = columnsOf(
      [...dma, s.dmaByDevice, s.attached, ...context, s.ats, s.devtlbKey, s.devtlbLeaf],
      this.count,
    )
  }

  /** Puts the devices of each unit in order. */
  sort(): void {
    const { count, units, columns } = this
    for (let end = count - units; end > 0; end -= 1) {
      for (let at = 0; at < end; at += 1) if (compareIn(columns, at, at + units) > 0) swapIn(columns, at, at + units)
    }
  }

  /** Exchanges two devices of one unit in all of the state. */
  swap(a: number, b: number): void {
    swapIn(this.columns, a, b)
  }
}
