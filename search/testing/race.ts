import { must } from '../../base/result.js'
import { kinds } from '../../model/actions/relation.js'
import { encode, parse } from '../../model/machine/action.js'
import { buildMachine, type MachineConfigInput } from '../machine-config.js'
import { type Run, Simulator } from '../simulator.js'

/** For tests: a race in which a page turns private while the IOTLB still leads a device to it. */
export const raceSetup: MachineConfigInput = {
  design: 'deferred-flush',
  driver: 'type1v2-lazy',
  scope: { pages: 4, pagesPerSuperpage: 2, vcpus: 2, devices: 1, backing: 'in-place' },
  platform: 'tdx-2026-reading',
}

export const raceActions: readonly string[] = [
  'dma.issue device=0 gfn=1 access=write half=mapped',
  'iommu.walk device=0 keep=iotlb',
  'dma.complete device=0',
  'guest.convert vcpu=0 gfn=1 count=1 to=private',
  'lock.acquire vcpu=0 lock=vm',
  'lock.acquire vcpu=0 lock=container',
  'vfio.unmap-dma vcpu=0 iovfn=1 count=1',
  'iommu.clear-entry vcpu=0 domain=0 iovfn=1 size=4k',
  'iommu.defer-flush vcpu=0 domain=0',
  'mm.unpin-page vcpu=0 iovfn=1',
  'container.remove-mapping vcpu=0 iovfn=1 count=1',
  'lock.release vcpu=0 lock=container',
  'dma.issue device=0 gfn=1 access=write half=mapped',
  'kvm.set-attributes vcpu=0 gfn=1 count=1 to=private',
  'iommu.hit-iotlb device=0 size=4k keep=none',
  'dma.complete device=0',
]

/** A machine and a run on it, from actions as people write them. */
export function simulatorOf(setup: MachineConfigInput): Simulator {
  return new Simulator(must(buildMachine(setup)).machine)
}

export const runOf = (actions: readonly string[]): Run => actions.map((text) => must(encode(kinds, parse(text))))
