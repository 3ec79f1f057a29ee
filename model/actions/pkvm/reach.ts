import type { Machine } from '../../machine/machine.js'
import { Dma, IdentityEntry, type State } from '../../machine/state.js'
import type { Frame } from '../../machine/units.js'

// What devices of the host reach under pKVM.

/** Whether no translation that ends in the identity map leads to the frame. */
export const isCutOff = (m: Machine, s: State, frame: Frame): boolean =>
  m.nested && s.idmap[frame] === IdentityEntry.Absent

/** Whether a DMA that the SMMU translated is on its way to the frame. */
export function isUnderWay(m: Machine, s: State, frame: Frame): boolean {
  for (let device = 0; device < m.scope.devices; device += 1) {
    if (s.dma[device] !== Dma.Translated || s.dmaFrame[device] !== frame + 1) continue
    if (s.dmaByDevice.length === 0 || s.dmaByDevice[device] === 0) return true
  }
  return false
}
