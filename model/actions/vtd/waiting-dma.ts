import type { Machine } from '../../machine/machine.js'
import { Dma, type State } from '../../machine/state.js'
import { type CodeOf, places } from '../places.js'
import { choosePair } from '../row.js'

const arg = places('device')

/** Whether the DMA of the device of the code (its first parameter) is issued, and not yet translated. */
export const waits = (s: State, a: CodeOf<['device']>) => s.dma[a[arg.device]] === Dma.Issued

/** Decodes a candidate into a device and one more parameter. */
export const chooseDevice = (m: Machine, index: number, a: CodeOf<['device']>): void =>
  choosePair(m.scope.devices, index, a)
