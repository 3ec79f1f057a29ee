import { must } from '../../base/result.js'
import { kindIndex, kinds } from '../../model/actions/relation.js'
import { candidate, nextStep, step } from '../../model/actions/step.js'
import { type Code, codeLength, encode, parse } from '../../model/machine/action.js'
import { buildMachine } from '../../search/machine-config.js'
import { Simulator } from '../../search/simulator.js'
import { record, type Trace } from '../../search/trace.js'

/**
 * For tests: a guest with large superpages, of which one is being converted while a device knows it.
 *
 * @param pages 64 MiB of them, or as many as a test asks for
 */
export function largeGuest(pages = 1 << 14): { readonly simulator: Simulator; readonly trace: Trace } {
  const scope = { pages, pagesPerSuperpage: 512, vcpus: 1 }
  const input = { design: 'on-demand-superpage', driver: 'type1v2', platform: 'tdx-2021-reading', scope }
  const { machine, setup } = must(buildMachine(input))
  const simulator = new Simulator(machine)
  const { state } = simulator
  simulator.reset() // or a later reset takes the state for one in which nothing was done
  const run: Code[] = []
  const take = (code: Code) => {
    step(machine, state, code)
    run.push(code.slice())
  }
  for (const text of [
    'dma.issue device=0 gfn=3585 access=write half=mapped',
    'vtd.walk device=0 keep=iotlb',
    'dma.complete device=0',
    'guest.convert vcpu=0 gfn=3584 count=512 to=private',
  ]) {
    take(must(encode(kinds, parse(text))))
  }
  const code = new Int32Array(codeLength)
  const queue = [kindIndex('vtd.invalidate'), kindIndex('vtd.retire-descriptor')]
  while (run.length < 40) {
    if (!nextStep(machine, state, 0, code) && !queue.some((kind) => candidate(machine, state, kind, 0, code))) break
    take(code)
  }
  const trace = record(simulator, setup, run, { property: 'no-stale-frame', seed: 1, why: 'as it should be' })
  return { simulator, trace }
}
