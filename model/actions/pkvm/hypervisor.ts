import {
  pkvmBlockRebuilt,
  pkvmContentStays,
  pkvmDonateAtFault,
  pkvmDonateByPage,
  pkvmDonateNeedsOwned,
  pkvmForceReclaim,
  pkvmHostIdentity,
  pkvmHostState,
  pkvmIdmapAfterCpu,
  pkvmPoisoned,
  pkvmRefusesCounted,
  pkvmShareNeedsNoPage,
  pkvmShareNeedsPage,
  pkvmStateAfterUnmap,
  pkvmUnshareNeedsBorrowed,
  pkvmUnshareRefused,
  pkvmUseDmaCounts,
} from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import { HostPage, Sept } from '../../machine/state.js'
import { firstFrameOf } from '../../machine/units.js'
import { isUnderWay } from '../../memory/owner-check.js'
import { views } from '../accessed.js'
import { isLeftAlone } from '../guest/guest.js'
import { pkvm, reclaimed } from '../needs.js'
import { gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow, planRow } from '../row.js'
import { isCounted } from './counted.js'
import { donate, takeByForce } from './stage-2.js'

const arg = places('vcpu', 'gfn')
const gfnArg = places('gfn')

/** What the hypervisor does to the stage 2 of the host, and to the state that it keeps of each page. */
export const hypervisorRows = {
  'pkvm.host-unmap': planRow({
    says: 'The hypervisor takes a page that the guest shares out of the stage 2 of the host.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [pkvmHostIdentity, pkvmHostState, pkvmStateAfterUnmap, pkvmBlockRebuilt, pkvmUseDmaCounts],
    reads: views('hostPage pde'),
    writes: views('hostPage'),
    needs: pkvm,
    fails: [
      {
        rule: pkvmUnshareNeedsBorrowed,
        errno: Errno.EPERM,
        when: (_, s, a) => s.hostPage[a[arg.gfn]] !== HostPage.Borrowed,
      },
      { rule: pkvmUnshareRefused, errno: Errno.EBUSY, when: (m, s, a) => isCounted(m, s, firstFrameOf(a[arg.gfn])) },
    ],
    apply: (m, s, a) => {
      s.hostPage[a[arg.gfn]] = HostPage.NoPage
      m.touched.page(a[arg.gfn])
    },
  }),
  'pkvm.host-map': planRow({
    says: 'The hypervisor puts a page that the guest shares into the stage 2 of the host.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [pkvmHostIdentity, pkvmHostState],
    reads: views('hostPage'),
    writes: views('hostPage'),
    needs: pkvm,
    fails: [
      { rule: pkvmShareNeedsNoPage, errno: Errno.EPERM, when: (_, s, a) => s.hostPage[a[arg.gfn]] !== HostPage.NoPage },
    ],
    apply: (m, s, a) => {
      s.hostPage[a[arg.gfn]] = HostPage.Borrowed
      m.touched.page(a[arg.gfn])
    },
  }),
  'pkvm.donate': planRow({
    says: 'KVM has the hypervisor give a page of the host to the guest, out of the host and out of the SMMU.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [pkvmDonateAtFault, pkvmDonateByPage, pkvmShareNeedsPage, pkvmContentStays, pkvmIdmapAfterCpu],
    reads: views('transfer hostPage pde poisoned vcpuTlb'),
    writes: views('hostPage idmap owner sept sharedEpt tag'),
    needs: pkvm,
    // The hypervisor waits for DMA that the SMMU has translated.
    ready: (m, s, a) => !isUnderWay(m, s, firstFrameOf(a[arg.gfn])),
    fails: [
      {
        rule: pkvmPoisoned,
        errno: Errno.EHWPOISON,
        when: (_, s, a) => s.poisoned.length > 0 && s.poisoned[a[arg.gfn]] === 1,
      },
      { rule: pkvmDonateNeedsOwned, errno: Errno.EPERM, when: (_, s, a) => s.hostPage[a[arg.gfn]] !== HostPage.Owned },
      { rule: pkvmRefusesCounted, errno: Errno.EINVAL, when: (m, s, a) => isCounted(m, s, firstFrameOf(a[arg.gfn])) },
    ],
    apply: (m, s, a) => donate(m, s, a[arg.gfn]),
  }),
  'pkvm.force-reclaim': environmentRow({
    says: 'A system call touches a page of the guest: the hypervisor clears it for the host, and poisons its entry.',
    actor: 'thread',
    params: [gfn],
    fairness: 'chosen',
    weight: 10,
    plan: 'none',
    outcome: 'errno',
    page: 'gfn',
    waitsFor: 'mmu', // the lock of the host's stage 2, which the hypervisor holds while a page changes hands
    rules: [pkvmForceReclaim, pkvmPoisoned],
    reads: views('closed hostDead hostPage sept tdDead vcpuTlb'),
    writes: views('hostPage idmap owner poisoned sept tag vcpuTlb vcpuTlbFrame'),
    needs: reclaimed,
    candidates: (_, s) => s.poisoned.length,
    choose: chooseFirst,
    possible: (m, s, a) =>
      s.poisoned.length > 0 &&
      isLeftAlone(m, s) &&
      s.hostPage[a[gfnArg.gfn]] === HostPage.NoPage &&
      s.sept[a[gfnArg.gfn]] === Sept.Mapped,
    apply: (m, s, a) => takeByForce(m, s, a[gfnArg.gfn]),
  }),
}
