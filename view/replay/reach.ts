import { Dma, type State } from '../../model/machine/state.js'
import { findPath, pathNames } from '../../properties/paths.js'
import type { Simulator } from '../../search/simulator.js'
import type { ShownReach } from '../data.js'

/** Paths that no device takes by itself are behind this one. */
const lastOfDevice = pathNames.indexOf('a DMA in flight')

/** From which pages each device comes to a frame, as the paths of the properties say it. */
export class DeviceReach {
  /** By device, what changed at which step. */
  readonly histories: readonly ShownReach[][]

  constructor(private readonly simulator: Simulator) {
    this.histories = Array.from({ length: simulator.machine.scope.devices }, () => [])
  }

  note(step: number): void {
    const { machine: m } = this.simulator
    for (const [device, history] of this.histories.entries()) {
      const alone = this.stateOf(device)
      const pages = Array.from({ length: m.pages }, (_, page) => page).filter((page) => {
        const path = findPath(m, alone, page, () => true)
        return path >= 0 && path <= lastOfDevice
      })
      if (history.at(-1)?.[1].join() !== pages.join()) history.push([step, pages])
    }
  }

  /** The present state without all other devices, so that what is reached is reached by this one. */
  private stateOf(device: number): State {
    const { scope } = this.simulator.machine
    const s = this.simulator.workingCopy()
    for (let other = 0; other < scope.devices; other += 1) {
      if (other === device) continue
      s.attached[other] = 0
      s.dma[other] = Dma.Idle
      for (const view of [s.cachedTables, s.contextPresent]) if (other < view.length) view[other] = 0
      s.devtlbKey.fill(0, other * scope.iotlbEntries, (other + 1) * scope.iotlbEntries)
    }
    return s
  }
}
