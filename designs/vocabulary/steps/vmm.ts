import { Reg, reg, regOf } from '../../../model/machine/registers.js'
import { hasTruncations } from '../../../model/machine/scope.js'
import type { Note, Operand, Range, Step } from '../../../model/plan/plan.js'
import { page } from '../ranges.js'
import { act, constant, count, over } from './make.js'

// What the VMM does by itself.

/**
 * Seals the file of shared memory: no process can make it shorter. Only with `scope.truncations`.
 *
 * @example
 * { ...design, boot: [steps.sealFile, ...design.boot] }
 */
export const sealFile = act('shmem.seal', [], { on: ({ scope }) => hasTruncations(scope) })
/**
 * Looks for the memory region of a range; EINVAL if there are two. Only with `scope.regionPages`.
 *
 * @example
 * [{ call: 'set-private', on: ranges.chunk }, steps.findRegion(ranges.chunk)]
 */
export const findRegion = (range: Range): Step =>
  over('vmm.find-region', range, { on: ({ scope }) => scope.regionPages > 0 })
/**
 * Asks the VMM's policy; `allowed` gives 1, or 0 to refuse with EPERM.
 *
 * @example
 * steps.checkPool(ranges.chunk, () => 0)
 */
export const checkPool = (range: Range, allowed: Operand): Step =>
  act('vmm.check-pool', [range?.first, count(range), allowed])
/**
 * Notes in the VMM's own bitmap what it takes the page of the loop for.
 *
 * @example
 * [{ call: 'map', on: ranges.page }, steps.notePage(steps.Shared)]
 */
export const notePage = (as: number): Step => act('vmm.note-page', [reg('page'), constant(as)], { range: page })
/**
 * Finds the hull of the mappings that meet the chunk: `ranges.hull`, `leftOfChunk`, `rightOfChunk`.
 *
 * @example
 * [{ note: steps.findHull }, { call: 'unmap', on: ranges.hull }]
 */
export const findHull: Note = {
  name: 'find hull',
  sets: 'hull',
  run: (_, s, v) => {
    const first = s.reg[regOf(v, Reg.chunkFirst)]
    const last = s.reg[regOf(v, Reg.chunkEnd)] - 1
    const owner = s.mapOf[last]
    s.reg[regOf(v, Reg.hullFirst)] = s.mapOf[first] === 0 ? first : s.mapOf[first] - 1
    s.reg[regOf(v, Reg.hullEnd)] = owner === 0 ? last + 1 : owner - 1 + s.mapLength[owner - 1]
  },
}
/**
 * Notes that the call's mapping is in the account, so that a failure takes it out again: `ranges.area`.
 *
 * @example
 * [steps.addMapping('iommufd.map', ranges.given), { note: steps.noteArea }]
 */
export const noteArea: Note = {
  name: 'note area',
  run: (_, s, v) => {
    s.reg[regOf(v, Reg.areaFirst)] = s.reg[regOf(v, Reg.callFirst)]
    s.reg[regOf(v, Reg.areaEnd)] = s.reg[regOf(v, Reg.callEnd)]
  },
}
