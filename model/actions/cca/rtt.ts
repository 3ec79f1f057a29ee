import {
  ccaFoldBreaks,
  ccaFoldNeedsSame,
  ccaKvmFoldsAfterUnmap,
  ccaKvmIgnoresIncomplete,
  ccaKvmUnfoldsForPart,
  ccaKvmUnmapThenUndelegate,
  ccaTlbiBeforeDelegated,
  ccaTlbiWithoutExits,
  ccaUnfoldKeepsPages,
  ccaUnmapDestroys,
  ccaUnmapMarks,
  ccaUnmapMayStop,
  ccaUnmapNeedsPageLevel,
} from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Granule, Ripas, Sept, type State } from '../../machine/state.js'
import { type Gfn, iovfnOf } from '../../machine/units.js'
import { regionOf } from '../../memory/page-table.js'
import { dropPrivate, isBlocked } from '../../memory/tlb-tracking.js'
import { views } from '../accessed.js'
import { realm, realmBlocks } from '../needs.js'
import { count, gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { planRow } from '../row.js'
import { privateFrameOf } from './granules.js'

const arg = places('vcpu', 'gfn', 'count')

/** Whether a block entry of the RTT maps the superpage of the page. */
export const isBlock = (m: Machine, s: State, gfn: Gfn): boolean =>
  s.rttBlock.length > 0 && s.rttBlock[regionOf(m, iovfnOf(gfn))] === 1

/** Whether a range that begins at a page leaves something of the block entry that has the page. */
export const cutsBlock = (m: Machine, s: State, gfn: Gfn, end: Gfn): boolean =>
  isBlock(m, s, gfn) && (gfn % m.perSuper !== 0 || end < gfn + m.perSuper)

function unmap(m: Machine, s: State, gfn: Gfn): void {
  if (s.sept[gfn] === Sept.Mapped) {
    s.sept[gfn] = Sept.Blocked
    s.ripas[gfn] = Ripas.Destroyed
  } else if (s.sept[gfn] === Sept.Pending) s.sept[gfn] = Sept.PendingBlocked
  m.touched.page(gfn)
}

/** All translations of an entry are dropped, by every CPU. */
function invalidate(m: Machine, s: State, gfn: Gfn): void {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) dropPrivate(m, s, vcpu, gfn)
  m.touched.page(gfn)
}

/** Whether all pages of a superpage are mapped, with RIPAS RAM, and their granules lie in a row. */
function saysTheSame(m: Machine, s: State, first: Gfn): boolean {
  const frame = privateFrameOf(m, s, first)
  for (let at = 0; at < m.perSuper; at += 1) {
    if (s.sept[first + at] !== Sept.Mapped || privateFrameOf(m, s, first + at) !== frame + at) return false
  }
  return frame % m.perSuper === 0
}

/**
 * An unmap in its three parts. KVM sees one command, which returns in between where an interrupt is pending. Of the
 * marks `Sept.Blocked` owes the invalidation, `Sept.PendingBlocked` the release of the granule alone.
 */
export const rttRows = {
  'rmi.rtt-data-unmap': planRow({
    says: 'The RMM makes one entry of the RTT invalid, and marks it: what is left to do still owns it.',
    params: [vcpu, gfn, count],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [ccaUnmapMarks, ccaUnmapDestroys, ccaUnmapMayStop, ccaKvmUnmapThenUndelegate, ccaKvmIgnoresIncomplete],
    reads: views('rttBlock sept'),
    writes: views('ripas rttBlock sept'),
    needs: realm,
    fails: [
      {
        rule: ccaUnmapNeedsPageLevel,
        errno: Errno.RMI_ERROR_RTT,
        when: (m, s, a) => cutsBlock(m, s, a[arg.gfn], a[arg.gfn] + a[arg.count]),
      },
    ],
    apply: (m, s, a) => {
      const pages = isBlock(m, s, a[arg.gfn]) ? m.perSuper : 1
      for (let gfn = a[arg.gfn]; gfn < a[arg.gfn] + pages; gfn += 1) unmap(m, s, gfn)
      if (pages > 1) s.rttBlock[regionOf(m, iovfnOf(a[arg.gfn]))] = 0
    },
  }),
  'rmm.tlbi': planRow({
    says: 'The RMM invalidates the translations of an entry that it has unmapped, on all CPUs and for each VMID.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [ccaTlbiBeforeDelegated, ccaTlbiWithoutExits],
    reads: views('sept vcpuTlb'),
    writes: views('sept vcpuTlb vcpuTlbFrame'),
    needs: realm,
    apply: (m, s, a) => {
      invalidate(m, s, a[arg.gfn])
      if (s.sept[a[arg.gfn]] === Sept.Blocked) s.sept[a[arg.gfn]] = Sept.PendingBlocked
    },
  }),
  'rmm.drain': planRow({
    says: 'The granule of an unmapped entry is delegated again, without a use, and the RMM clears the mark.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [ccaTlbiBeforeDelegated, ccaUnmapMarks],
    reads: views('privateFrame sept'),
    writes: views('granule sept'),
    needs: realm,
    apply: (m, s, a) => {
      if (!isBlocked(s.sept[a[arg.gfn]])) return
      s.sept[a[arg.gfn]] = Sept.Free
      s.granule[privateFrameOf(m, s, a[arg.gfn])] = Granule.Delegated
      m.touched.page(a[arg.gfn])
    },
  }),
  'rmi.rtt-fold': planRow({
    says: 'The RMM replaces a table whose entries say the same by one block entry: broken, invalidated, then made.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: (m, s, a) => a[arg.gfn] % m.perSuper === 0 && !isBlock(m, s, a[arg.gfn]),
    placeMatters: false,
    rules: [ccaFoldNeedsSame, ccaFoldBreaks, ccaKvmFoldsAfterUnmap],
    reads: views('privateFrame sept vcpuTlb'),
    writes: views('rttBlock vcpuTlb vcpuTlbFrame'),
    needs: realmBlocks,
    fails: [{ rule: ccaFoldNeedsSame, errno: Errno.RMI_ERROR_RTT, when: (m, s, a) => !saysTheSame(m, s, a[arg.gfn]) }],
    apply: (m, s, a) => {
      s.rttBlock[regionOf(m, iovfnOf(a[arg.gfn]))] = 1
      for (let gfn = a[arg.gfn]; gfn < a[arg.gfn] + m.perSuper; gfn += 1) invalidate(m, s, gfn)
    },
  }),
  'rmi.rtt-create': planRow({
    says: 'The RMM replaces a block entry by a table of entries that say the same: broken, invalidated, then made.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: (m, s, a) => isBlock(m, s, a[arg.gfn]),
    placeMatters: false,
    rules: [ccaUnfoldKeepsPages, ccaFoldBreaks, ccaKvmUnfoldsForPart],
    reads: views('vcpuTlb own.vcpuTlb'),
    writes: views('rttBlock vcpuTlb vcpuTlbFrame'),
    needs: realmBlocks,
    apply: (m, s, a) => {
      const region = regionOf(m, iovfnOf(a[arg.gfn]))
      s.rttBlock[region] = 0
      for (let gfn = region * m.perSuper; gfn < (region + 1) * m.perSuper; gfn += 1) invalidate(m, s, gfn)
    },
  }),
}
