import type { RuleMutant } from './instrument.js'

/** A mutant that changes nothing that can be seen. */
interface Equivalent {
  readonly file: string
  readonly was: string
  readonly becomes: readonly string[]
  readonly why: string
}

const lost = 'a machine without the part has an empty view, and a write into that is lost'

const equivalents: readonly Equivalent[] = [
  { file: 'model/actions/host/devices.ts', was: 's.ats.length > 0', becomes: ['true', 's.ats.length >= 0'], why: lost },
  { file: 'model/actions/cove/tsm.ts', was: 's.mptKept.length > 0', becomes: ['s.mptKept.length >= 0'], why: lost },
  { file: 'model/memory/tlb-tracking.ts', was: 's.flushOwed.length > 0', becomes: ['true'], why: lost },
  { file: 'model/plan/interpreter.ts', was: 's.armed.length > 0', becomes: ['true'], why: lost },
  { file: 'model/plan/interpreter.ts', was: 's.byFault.length > 0', becomes: ['true'], why: lost },
  { file: 'model/plan/interpreter.ts', was: 's.waitError.length > 0', becomes: ['true'], why: lost },
  {
    file: 'model/actions/host/devices.ts',
    was: 's.plugged.length > 0',
    becomes: ['true', 's.plugged.length >= 0'],
    why: 'a read of an empty view is undefined, which is no state of a device',
  },
  {
    file: 'model/actions/host/access.ts',
    was: 's.hva.length === 0',
    becomes: ['false'],
    why: 'a row is asked about its candidates alone, and has none where the view is empty',
  },
  {
    file: 'model/actions/host/slots.ts',
    was: 's.slotState.length > 0',
    becomes: ['true', 's.slotState.length >= 0'],
    why: 'a read of an empty view is undefined, which is no state of a slot',
  },
  {
    file: 'model/actions/host/environment.ts',
    was: 's.nextFrame.length > 0',
    becomes: ['true', 's.nextFrame.length >= 0'],
    why: 'a read of an empty view is undefined, which is not 0',
  },
  {
    file: 'model/actions/vtd/device-tlb.ts',
    was: 's.ats.length > 0',
    becomes: ['true', 's.ats.length >= 0'],
    why: 'a row is asked about its candidates alone, and has none where the view is empty',
  },
  {
    file: 'model/actions/vtd/translation.ts',
    was: 's.walkCache.length > 0',
    becomes: ['true', 's.walkCache.length >= 0'],
    why: 'an empty cache has no room for what is found',
  },
  {
    file: 'model/memory/frame-allocator.ts',
    was: 'wanted !== 0',
    becomes: ['true'],
    why: 'the owner of frame -1 is undefined, which is not free',
  },
  {
    file: 'model/actions/vtd/visibility.ts',
    was: 'a[slotArg.slot] < lines(s)',
    becomes: ['true', 'a[slotArg.slot] <= lines(s)'],
    why: 'a line behind the last one is undefined for the driver and for the unit, and so not dirty',
  },
  {
    file: 'model/actions/kvm/attributes.ts',
    was: 'frame < 0',
    becomes: ['false'],
    why: 'where there is no frame, both records say so already, and the owner at -1 is lost',
  },
  {
    file: 'model/actions/tdx/page-removal.ts',
    was: 's.poison.length > 0',
    becomes: ['true', 's.poison.length >= 0'],
    why: 'a store into a view that the machine does not have is lost',
  },
  {
    file: 'model/memory/tlb-tracking.ts',
    was: 's.flushOwed.length > 0',
    becomes: ['true', 's.flushOwed.length >= 0'],
    why: 'a store into a view that the machine does not have is lost',
  },
  {
    file: 'model/actions/container/checks.ts',
    was: "m.platform.wrapErrno === 'EINVAL'",
    becomes: ['true'],
    why: 'of the two values the other one has been answered by the refusal before',
  },
  {
    file: 'model/actions/vtd/walk-cache.ts',
    was: 's.devtlbKey.length > 0',
    becomes: ['true'],
    why: 'a candidate keeps in the device TLB only on a platform with ATS, where there is one',
  },
  {
    file: 'model/actions/row.ts',
    was: 'row.page === undefined',
    becomes: ['false'],
    why: 'a parameter that is not among the names is at -1, which with 1 is 0 too',
  },
  {
    file: 'model/actions/container/mappings.ts',
    was: 'last < a[arg.iovfn]',
    becomes: ['last <= a[arg.iovfn]'],
    why: 'one mapping joined to itself is as it was',
  },
  {
    file: 'properties/guest.ts',
    was: 'priv >= 0',
    becomes: ['true'],
    why: 'the owner of frame -1 is undefined, which is not the TD',
  },
  {
    file: 'properties/monitor.ts',
    was: 'seen[index] === fullWitness',
    becomes: ['true'],
    why: 'witnesses are then looked through more often, with the same result',
  },
  {
    file: 'properties/limits.ts',
    was: 'gfn < s.payer.length',
    becomes: ['gfn <= s.payer.length'],
    why: 'who pays for the page behind the last one is undefined, which is no process',
  },
  {
    file: 'properties/reach.ts',
    was: 'frame >= 0',
    becomes: ['true'],
    why: 'a path to frame -1 breaks the clause about freed tables, which comes first and is the one reported',
  },
  {
    file: 'properties/reach.ts',
    was: 'frame >= 0 && !m.program.pins',
    becomes: ['true'],
    why: 'what it then also finds breaks a clause before it, which is the one reported',
  },
  {
    file: 'properties/paths.ts',
    was: 'slot < s.devtlbKey.length',
    becomes: ['slot <= s.devtlbKey.length'],
    why: 'the leaf behind the last slot is undefined, which leads to frame -1: to none',
  },
  { file: 'model/memory/frame-allocator.ts', was: 's.freedAssigned.length > 0', becomes: ['true'], why: lost },
  {
    file: 'properties/property.ts',
    was: 'first === undefined',
    becomes: ['false'],
    why: 'an empty list has no others either',
  },
  {
    file: 'model/actions/kvm/mmu-faults.ts',
    was: 's.sept.length > 0',
    becomes: ['true', 's.sept.length >= 0'],
    why: 'an entry of an empty view is undefined, which is not free; only SEV-SNP asks more of it, and has the view',
  },
  {
    file: 'model/plan/compiler.ts',
    was: "'process'",
    becomes: ['""'],
    why: 'all that is asked of it is whether it is the user who is charged',
  },
  {
    file: 'properties/paths.ts',
    was: 'device < m.scope.devices',
    becomes: ['device <= m.scope.devices'],
    why: 'a device behind the last one is attached to undefined, which is no domain, and has no DMA',
  },
  { file: 'model/actions/cca/faults.ts', was: 's.tag.length > 0', becomes: ['true', 's.tag.length >= 0'], why: lost },
  {
    file: 'model/memory/tlb-tracking.ts',
    was: 's.vcpuTlb.length === 0',
    becomes: ['false'],
    why: 'a machine without vCPU TLBs has no shared EPT either, and finds no key in an empty view',
  },
  {
    file: 'model/actions/pkvm/stage-2.ts',
    was: 's.sharedEpt.length > 0',
    becomes: ['true', 's.sharedEpt.length >= 0'],
    why: lost,
  },
  {
    file: 'model/actions/trusted/trusted-dma.ts',
    was: 'a[arg.access] === 1 || m.tellsReads',
    becomes: ['true'],
    why: 'a row is asked about its candidates alone, which are all writes where nothing tells reads',
  },
  {
    file: 'model/actions/vtd/queue/queue-state.ts',
    was: 'slot < from + depth - 1',
    becomes: ['slot <= from + depth - 1'],
    why: 'the last slot is cleared behind the loop',
  },
  {
    file: 'model/actions/vtd/queue/queue-state.ts',
    was: 's.devtlbKey.length > 0',
    becomes: ['true', 's.devtlbKey.length >= 0'],
    why: 'no entry of an empty view is of the domain',
  },
  {
    file: 'model/actions/host/environment.ts',
    was: 's.failuresLeft[0] > 0',
    becomes: ['true'],
    why: 'a row is asked about its candidates alone, and has none where no failure is left',
  },
  {
    file: 'model/memory/frame-allocator.ts',
    was: 'frame < s.owner.length',
    becomes: ['frame <= s.owner.length'],
    why: 'the owner of the frame behind the last one is undefined, which is not free',
  },
  {
    file: 'model/actions/mm/references.ts',
    was: 's.references.length > 0 && s.referencesLeft[0] > 0 && frame >= 0',
    becomes: ['true'],
    why: 'a row is asked about its candidates alone, of which there are none; a reference to frame -1 is undefined',
  },
  {
    file: 'properties/paths.ts',
    was: 's.contextPresent.length > 0',
    becomes: ['true', 's.contextPresent.length >= 0'],
    why: 'an entry of an empty view is undefined, which is not present',
  },
  {
    file: 'model/actions/cove/tsm.ts',
    was: 'frame < 0',
    becomes: ['false'],
    why: 'a store at frame -1 is lost, and a page that is looked at once more is as it was',
  },
  {
    file: 'model/actions/cove/tsm.ts',
    was: 's.poison.length > 0',
    becomes: ['true', 's.poison.length >= 0'],
    why: lost,
  },
  {
    file: 'model/actions/mm/other-process.ts',
    was: 's.process.length > 0',
    becomes: ['true', 's.process.length >= 0'],
    why: 'a row is asked about its candidates alone, and has none where the view is empty',
  },
  {
    file: 'model/actions/tdx/secure-ept.ts',
    was: 's.sept.length > 0',
    becomes: ['true', 's.sept.length >= 0'],
    why: 'an entry of an empty view is undefined, which is neither pending nor mapped',
  },
  { file: 'model/initial-state.ts', was: 's.idmap.length > 0', becomes: ['true', 's.idmap.length >= 0'], why: lost },
  {
    file: 'model/actions/cca/rtt.ts',
    was: 's.rttBlock.length > 0',
    becomes: ['true', 's.rttBlock.length >= 0'],
    why: 'an entry of an empty view is undefined, which is no block',
  },
  {
    file: 'model/actions/guest/guest.ts',
    was: 'vcpu < m.scope.vcpus',
    becomes: ['vcpu <= m.scope.vcpus'],
    why: 'what is noted of a vCPU behind the last one is undefined, which no range meets',
  },
  {
    file: 'model/actions/pkvm/counted.ts',
    was: 'iovfn < m.pages',
    becomes: ['iovfn <= m.pages'],
    why: 'the page behind the last one is page 0 of the next domain, which is looked at too, or of none',
  },
  {
    file: 'model/actions/trusted/trusted-cache.ts',
    was: 'unit < m.scope.units',
    becomes: ['unit <= m.scope.units'],
    why: 'a unit behind the last one has no device, and so nothing to drain',
  },
  {
    file: 'model/actions/trusted/trusted-paths.ts',
    was: 's.sharedRoot.length > 0',
    becomes: ['true', 's.sharedRoot.length >= 0'],
    why: 'a read of an empty view is undefined, which is not 1',
  },
  {
    file: 'model/actions/vtd/queue/queue-state.ts',
    was: 's.walkCache.length === 0',
    becomes: ['false'],
    why: lost,
  },
  {
    file: 'model/plan/noop.ts',
    was: 'vcpu * perVcpu < s.noopFound.length',
    becomes: ['vcpu * perVcpu <= s.noopFound.length'],
    why: 'what is noted of a vCPU behind the last one is lost',
  },
]

/** Why a mutant changes nothing; undefined if that is not known. */
export const whyEquivalent = ({ file, was, becomes }: RuleMutant): string | undefined =>
  equivalents.find((one) => one.file === file && one.was === was && one.becomes.includes(becomes))?.why
