import { must } from '../../base/result.js'
import { kindIndex, kinds } from '../../model/actions/relation.js'
import { candidate, nextStep, step } from '../../model/actions/step.js'
import { type Code, codeLength, encode, parse } from '../../model/machine/action.js'

import { broken, failureOf } from '../../properties/failure.js'
import { noSharedFault } from '../../properties/reach.js'
import { buildMachine } from '../../search/machine-config.js'
import { Simulator } from '../../search/simulator.js'
import { record, type Trace } from '../../search/trace.js'

/** A guest with large superpages, and what has been done in it. */
class LargeGuest {
  readonly run: Code[] = []
  readonly simulator: Simulator
  private readonly setup
  private readonly code = new Int32Array(codeLength)

  constructor(pages: number) {
    const scope = { pages, pagesPerSuperpage: 512, vcpus: 1 }
    const input = { design: 'on-demand-superpage', driver: 'type1v2', platform: 'tdx-2021-reading', scope }
    const { machine, setup } = must(buildMachine(input))
    this.setup = setup
    this.simulator = new Simulator(machine)
    this.simulator.reset() // or a later reset takes the state for one in which nothing was done
  }

  take(text: string): void {
    this.takeCode(must(encode(kinds, parse(text))))
  }

  /** The next step of the vCPU's plan, or what the invalidation queue owes it. */
  takePlan(): void {
    const { machine, state } = this.simulator
    const queue = [kindIndex('iommu.invalidate'), kindIndex('iommu.retire-descriptor')]
    const isNext =
      nextStep(machine, state, 0, this.code) || queue.some((kind) => candidate(machine, state, kind, 0, this.code))
    if (!isNext) throw new Error('the plan waits')
    this.takeCode(this.code)
  }

  record(found: Parameters<typeof record>[3]): Trace {
    return record(this.simulator, this.setup, this.run, found)
  }

  private takeCode(code: Code): void {
    step(this.simulator.machine, this.simulator.state, code)
    this.run.push(code.slice())
  }
}

/** For tests: a guest of 64 MiB of which a superpage is being converted while a device knows it. */
export function largeGuest(): { readonly simulator: Simulator; readonly trace: Trace } {
  const guest = new LargeGuest(1 << 14)
  for (const text of [
    'dma.issue device=0 gfn=3585 access=write half=mapped',
    'iommu.walk device=0 keep=iotlb',
    'dma.complete device=0',
    'guest.convert vcpu=0 gfn=3584 count=512 to=private',
  ]) {
    guest.take(text)
  }
  while (guest.run.length < 40) guest.takePlan()
  return { simulator: guest.simulator, trace: guest.record({ property: noSharedFault.name, seed: 1, why: 'none' }) }
}

/** For tests: a write to a shared page is lost while the guest takes another page out of its superpage. */
export function lostWrite(pages: number): Trace {
  const guest = new LargeGuest(pages)
  const cleared = kindIndex('iommu.clear-entry')
  guest.take('guest.convert vcpu=0 gfn=3600 count=1 to=private')
  while (guest.run.at(-1)?.[0] !== cleared) guest.takePlan()
  guest.take('dma.issue device=0 gfn=4000 access=write half=mapped')
  guest.take('iommu.walk device=0 keep=none')
  const { machine, state } = guest.simulator
  const failure = failureOf(machine, state, noSharedFault)
  if (failure === undefined) throw new Error('the write is not lost')
  return guest.record({ property: noSharedFault.name, seed: 1, ...broken(failure) })
}
