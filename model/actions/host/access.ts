import {
  ccaUserAccessSignalled,
  coveConvertedIsClosed,
  gmemHostFaultPrivate,
  hostCpuAccessIsMachineCheck,
  inPlaceHostFaultPrivate,
  pkvmUserAccess,
  touchAllocatesFresh,
} from '../../../spec/index.js'
import { Attr, Tag } from '../../machine/state.js'
import { allocateShared } from '../../memory/frame-allocator.js'
import { isConfidential } from '../../memory/owner-check.js'
import { underConversion } from '../../plan/interpreter.js'
import { views } from '../accessed.js'
import { isLeftAlone } from '../guest/guest.js'
import { access, gfn } from '../parameters.js'
import { places } from '../places.js'
import { environmentRow } from '../row.js'

const arg = places('gfn', 'access')

/** User space of the host touches guest memory. */
export const hostAccessRows = {
  'host.access': environmentRow({
    says: 'User space of the host reads or writes a page by its host virtual address.',
    actor: 'thread',
    params: [gfn, access],
    fairness: 'chosen',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: 'gfn',
    rules: [
      hostCpuAccessIsMachineCheck,
      gmemHostFaultPrivate,
      inPlaceHostFaultPrivate,
      touchAllocatesFresh,
      coveConvertedIsClosed,
      ccaUserAccessSignalled,
      pkvmUserAccess,
    ],
    reads: views('askedByGuest attr closed hostDead hva owner sharedFrame slotHole tdDead nextFrame pins privateFrame'),
    writes: views('hva nextFrame owner sharedFrame tag hostDead'),
    needs: { on: ({ parts }) => parts.hostAccess, says: 'parts hostAccess' },
    candidates: (_, s) => s.hva.length * 2,
    choose: (_, index, a) => {
      a[arg.gfn] = index >>> 1
      a[arg.access] = index & 1
    },
    possible: (m, s, a) => {
      if (s.hva.length === 0 || !isLeftAlone(m, s) || s.slotHole[a[arg.gfn]] === 1) return false
      return s.hva[a[arg.gfn]] === 1 || (s.attr[a[arg.gfn]] === Attr.Shared && !underConversion(m, s, a[arg.gfn]))
    },
    apply: (m, s, a) => {
      const gfn = a[arg.gfn]
      if (s.sharedFrame[gfn] === 0 && !(m.inPlace && s.attr[gfn] === Attr.Private)) {
        s.sharedFrame[gfn] = allocateShared(m, s, gfn)
      }
      const frame = (s.sharedFrame[gfn] || s.privateFrame[gfn]) - 1
      m.event.hostAccess = 1
      m.event.gfn = gfn
      m.touched.page(gfn)
      if (frame < 0) return
      s.hva[gfn] = 1
      if (isConfidential(m, s, frame)) {
        if (m.architecture.hostAccessIsFatal) s.hostDead[0] = 1
      } else if (a[arg.access] === 1 && s.tag.length > 0) s.tag[frame] = Tag.Host
    },
  }),
}
