import {
  attributesIgnoreDma,
  attributesIgnoreDma612,
  attributesNeedNoSlot,
  attributesNoChange,
  attributesNoHalfWay,
  attributesReserveFirst,
  attributesStoreThenEnd,
  attributesZapBeforeStore,
  attributesZapOldSide,
  attributesZapUnconditional,
  faultRetriesSequence,
  gmemPrivatePageNotZapped,
  inPlaceChecksFirst,
  inPlaceLocked,
  inPlaceNoChange,
  inPlaceRefusesPinned,
  inPlaceSameFrame,
  inPlaceShortReference,
  inPlaceToSharedUnchecked,
  invalidationEndOrder,
  invalidationIsEnded,
  kvmZapIsNotFlush,
  notifierSharedOnly,
  pkvmContentStays,
  pkvmGuestMapsAfterComplete,
  pkvmNoFailure,
  pkvmShareMapsFirst,
  pkvmSharesInPlace,
  pkvmUnshareOwnsLast,
} from '../../../spec/index.js'
import { Failure } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Attr, Owner, type State } from '../../machine/state.js'
import type { Gfn } from '../../machine/units.js'
import { giveToGuest, touchFrame } from '../../memory/frame-allocator.js'
import { dropShared, makeStale, retriesForAny } from '../../memory/tlb-tracking.js'
import { setAttribute } from '../../plan/driver-call.js'
import { allAre } from '../../plan/interpreter.js'
import { views } from '../accessed.js'
import { count, gfn, to, vcpu } from '../parameters.js'
import { writeGuestEntry } from '../pkvm/stage-2.js'
import { type CodeOf, places } from '../places.js'
import { planRow } from '../row.js'

const arg = places('vcpu', 'gfn', 'count', 'to')

/** A range that has the attribute already is a success, and nothing is done. A hypervisor has its memory beforehand. */
function mayRunOut(m: Machine, s: State, a: CodeOf<['vcpu', 'gfn', 'count', 'to']>): boolean {
  return !m.pkvm && !allAre(s, a[arg.gfn], a[arg.gfn] + a[arg.count], a[arg.to])
}

/** Whether guest_memfd decides by pins, if it looks for them: under pKVM the hypervisor does, and has by then. */
const meetsPins = (m: Machine, a: CodeOf<['vcpu', 'gfn', 'count', 'to']>): boolean =>
  m.inPlace && !m.pkvm && a[arg.to] === Attr.Private

/** The platform is asked last: one that looks for pins where there are none goes the same way as one that does not. */
const looksForPins = ({ platform }: Machine): boolean => platform.inPlacePinCheck !== 'none'

function anyPinned(m: Machine, s: State, a: CodeOf<['vcpu', 'gfn', 'count', 'to']>): boolean {
  if (!meetsPins(m, a)) return false
  for (let gfn = a[arg.gfn]; gfn < a[arg.gfn] + a[arg.count]; gfn += 1) {
    const frame = s.sharedFrame[gfn] - 1
    if (frame >= 0 && s.pins[frame] > 0) return looksForPins(m)
  }
  return false
}

function anyReferenced(m: Machine, s: State, a: CodeOf<['vcpu', 'gfn', 'count', 'to']>): boolean {
  if (s.references.length === 0 || !meetsPins(m, a)) return false
  for (let gfn = a[arg.gfn]; gfn < a[arg.gfn] + a[arg.count]; gfn += 1) {
    const frame = s.sharedFrame[gfn] - 1
    if (frame >= 0 && s.references[frame] !== 0) return looksForPins(m)
  }
  return false
}

/** In place, the frame changes its owner with the attribute. */
function changeOwner(m: Machine, s: State, gfn: Gfn, attr: number): void {
  const frame = (attr === Attr.Private ? s.sharedFrame[gfn] : s.privateFrame[gfn]) - 1
  if (frame < 0) return
  s.sharedFrame[gfn] = attr === Attr.Private ? 0 : frame + 1
  s.privateFrame[gfn] = attr === Attr.Private ? frame + 1 : 0
  // Else the owner has its own steps: it changes at the fault, and back before the attribute does.
  if (!m.ownsAtFault && attr === Attr.Private) giveToGuest(s, frame)
  else if (!m.ownsAtFault || (attr === Attr.Shared && s.owner[frame] !== Owner.Td)) s.owner[frame] = Owner.Host
  if (m.pkvm) writeGuestEntry(m, s, gfn, attr)
  touchFrame(m, frame)
}

/** KVM's attributes, and the invalidation around their change. */
export const attributeRows = {
  'kvm.invalidate-begin': planRow({
    says: 'KVM begins an invalidation of a range: faults that have looked a page up do not install it.',
    params: [vcpu, gfn, count],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [attributesZapBeforeStore, attributesZapUnconditional, faultRetriesSequence, notifierSharedOnly],
    reads: views('faultGfn faultShared'),
    writes: views('faultShared faultStale own.invalidating'),
    needs: undefined,
    apply: (m, s, a) => {
      s.invalidating[a[arg.vcpu] * 2] = a[arg.gfn]
      s.invalidating[a[arg.vcpu] * 2 + 1] = a[arg.gfn] + a[arg.count]
      for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
        const gfn = s.faultGfn[vcpu] - 1
        const isInside = gfn >= a[arg.gfn] && gfn < a[arg.gfn] + a[arg.count]
        if (isInside || (gfn >= 0 && retriesForAny(s))) makeStale(s, vcpu)
      }
    },
  }),
  'kvm.invalidate-end': planRow({
    says: 'KVM ends its invalidation: faults install pages again.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [attributesStoreThenEnd, invalidationEndOrder, invalidationIsEnded],
    reads: views('invalidating'),
    writes: views('invalidating'),
    needs: undefined,
    apply: (_, s, a) => {
      s.invalidating.fill(0, a[arg.vcpu] * 2, a[arg.vcpu] * 2 + 2)
    },
  }),
  'kvm.zap-shared': planRow({
    says: "Drops the shared translations of a range from KVM's EPT, and from every vCPU unless a flush is in parts.",
    params: [vcpu, gfn, count],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [attributesZapOldSide, kvmZapIsNotFlush],
    reads: views('vcpuTlb'),
    writes: views('sharedEpt vcpuTlb vcpuTlbFrame'),
    needs: undefined,
    apply: (m, s, a) => {
      for (let gfn = a[arg.gfn]; gfn < a[arg.gfn] + a[arg.count]; gfn += 1) dropShared(m, s, gfn)
      m.touched.range(a[arg.gfn], a[arg.gfn] + a[arg.count])
    },
  }),
  'kvm.set-attributes': planRow({
    says: 'KVM stores the attribute of each page of a range: private or shared.',
    params: [vcpu, gfn, count, to],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [
      attributesIgnoreDma,
      attributesIgnoreDma612,
      attributesNeedNoSlot,
      attributesNoChange,
      attributesNoHalfWay,
      gmemPrivatePageNotZapped,
      inPlaceSameFrame,
      inPlaceToSharedUnchecked,
      inPlaceChecksFirst,
      inPlaceLocked,
      inPlaceNoChange,
      pkvmSharesInPlace,
      pkvmShareMapsFirst,
      pkvmUnshareOwnsLast,
      pkvmGuestMapsAfterComplete,
      pkvmContentStays,
      pkvmNoFailure,
    ],
    reads: views(
      'attr mptKept openCalls own.armed owner pins privateFrame references sharedFrame unflushed vcpuTlb',
      'reg.callFirst reg.noteShared',
    ),
    writes: views(
      'attr mptKept own.armed owner privateFrame reg.noteShared sept sharedEpt sharedFrame tag vcpuTlb',
      'vcpuTlbFrame',
    ),
    needs: undefined,
    fails: [
      { rule: inPlaceRefusesPinned, errno: Errno.EAGAIN, when: anyPinned },
      { rule: inPlaceShortReference, errno: Errno.EAGAIN, when: anyReferenced },
    ],
    mayFail: { what: Failure.Allocation, rule: attributesReserveFirst, errno: Errno.ENOMEM, on: mayRunOut },
    apply: (m, s, a) => {
      for (let gfn = a[arg.gfn]; gfn < a[arg.gfn] + a[arg.count]; gfn += 1) {
        if (s.attr[gfn] === a[arg.to]) continue
        setAttribute(m, s, a[arg.vcpu], gfn, a[arg.to])
        if (m.inPlace) changeOwner(m, s, gfn, a[arg.to])
      }
      m.touched.range(a[arg.gfn], a[arg.gfn] + a[arg.count])
    },
  }),
}
