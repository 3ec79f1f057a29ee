import {
  pkvmAtsByHost,
  pkvmCompleteInBatch,
  pkvmHostCommands,
  pkvmIdmapAfterCpu,
  pkvmIdmapByPage,
  pkvmIdmapForwarded,
  pkvmIdmapIsStage2,
  pkvmIdmapSnapshot,
  pkvmNoAtcInvalidation,
  pkvmShareMapsIommu,
  pkvmTlbiAtUnmap,
  pkvmV4ShareNotPassed,
  smmuAtcAfterTlbi,
  smmuOldUntilSync,
  smmuSyncCompletes,
  smmuTranslatedBypasses,
} from '../../../spec/index.js'
import type { Machine } from '../../machine/machine.js'
import { IdentityEntry, type State } from '../../machine/state.js'
import { firstFrameOf } from '../../machine/units.js'
import { touchFrame } from '../../memory/frame-allocator.js'
import { isUnderWay } from '../../memory/owner-check.js'
import { views } from '../accessed.js'
import { nested, nestedAts } from '../needs.js'
import { count, frame, gfn, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { chooseFirst, environmentRow, planRow } from '../row.js'
import { setIdentity } from './stage-2.js'

const arg = places('vcpu', 'gfn', 'count')
const frameArg = places('frame')

function someUnderWay(m: Machine, s: State, a: CodeOf<['vcpu', 'gfn', 'count']>): boolean {
  const first = firstFrameOf(a[arg.gfn])
  for (let frame = first; frame < first + a[arg.count]; frame += 1) if (isUnderWay(m, s, frame)) return true
  return false
}

/** Whether a device has something under way that it translated by its own TLB. */
const someByDevice = (s: State): boolean => s.dmaByDevice.includes(1)

/** All that the SMMUs have of stage 1 goes with the entries of stage 2: one command names no address of stage 1. */
function dropStage1(m: Machine, s: State): void {
  s.iotlbKey.fill(0)
  s.iotlbLeaf.fill(0)
  s.walkCache.fill(0)
  m.touched.all()
}

/** The identity map by which the SMMU translates at last, and what is cached of it. */
export const identityMapRows = {
  'pkvm.idmap-unmap': planRow({
    says: 'The hypervisor clears the entry of a page in the identity map; an SMMU may have it still.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [pkvmIdmapForwarded, pkvmIdmapAfterCpu, pkvmIdmapByPage, pkvmIdmapIsStage2, pkvmIdmapSnapshot],
    reads: views(),
    writes: views('idmap'),
    needs: nested,
    apply: (m, s, a) => setIdentity(m, s, firstFrameOf(a[arg.gfn]), IdentityEntry.Stale),
  }),
  'pkvm.idmap-map': planRow({
    says: 'The hypervisor writes the entry of a page in the identity map: devices of the host reach it again.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [pkvmShareMapsIommu, pkvmV4ShareNotPassed, pkvmIdmapByPage],
    reads: views(),
    writes: views('idmap'),
    needs: nested,
    apply: (m, s, a) => setIdentity(m, s, firstFrameOf(a[arg.gfn]), IdentityEntry.Mapped),
  }),
  'pkvm.idmap-complete': planRow({
    says: 'The hypervisor has every SMMU drop what left the identity map, and waits for the CMD_SYNC.',
    params: [vcpu, gfn, count],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [pkvmTlbiAtUnmap, pkvmCompleteInBatch, pkvmHostCommands, smmuSyncCompletes],
    reads: views('iotlb dma idmap dmaFrame dmaByDevice'),
    writes: views('iotlb idmap walkCache'),
    needs: nested,
    ready: (m, s, a) => !someUnderWay(m, s, a),
    apply: (m, s, a) => {
      const first = firstFrameOf(a[arg.gfn])
      for (let frame = first; frame < first + a[arg.count]; frame += 1) {
        if (s.idmap[frame] === IdentityEntry.Stale) setIdentity(m, s, frame, IdentityEntry.Absent)
      }
      dropStage1(m, s)
    },
  }),
  'pkvm.atc-invalidate': planRow({
    says: 'The hypervisor has every device drop all that its TLB has, and waits for the CMD_SYNC.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [pkvmNoAtcInvalidation, pkvmAtsByHost, smmuTranslatedBypasses, smmuAtcAfterTlbi, smmuSyncCompletes],
    reads: views('dmaByDevice'),
    writes: views('devtlbKey devtlbLeaf'),
    needs: nestedAts,
    ready: (m, s) => m.platform.deviceInvalidation === 'early' || !someByDevice(s),
    apply: (m, s) => {
      s.devtlbKey.fill(0)
      s.devtlbLeaf.fill(0)
      m.touched.all()
    },
  }),
  'pkvm.evict-identity': environmentRow({
    says: 'The SMMUs forget an entry that has left the identity map.',
    actor: 'iommu',
    params: [frame],
    fairness: 'free',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [smmuOldUntilSync],
    reads: views('idmap'),
    writes: views('idmap'),
    needs: nested,
    candidates: (_, s) => s.idmap.length,
    choose: chooseFirst,
    possible: (_, s, a) => s.idmap.length > 0 && s.idmap[a[frameArg.frame]] === IdentityEntry.Stale,
    apply: (m, s, a) => {
      s.idmap[a[frameArg.frame]] = IdentityEntry.Absent
      touchFrame(m, a[frameArg.frame])
    },
  }),
}
