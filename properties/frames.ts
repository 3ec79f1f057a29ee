import { views } from '../model/actions/accessed.js'
import type { Machine } from '../model/machine/machine.js'
import { Owner, type State } from '../model/machine/state.js'
import type { Gfn } from '../model/machine/units.js'
import { underConversion } from '../model/plan/interpreter.js'
import { lastUnpinFreesOrphan, punchOrphansPinned } from '../spec/index.js'
import { ofConversions, property } from './property.js'
import { conversionAnswered } from './reach.js'

/** With more frames than these, pages are asked once, and not once for each frame. */
const fewFrames = 200

/** Frames of the guest that back no page of it, where each page has a private frame of its own. */
function lostFrames(s: State): number {
  if (s.owner.length > fewFrames) return lostOfMany(s)
  let lost = 0
  for (let frame = 0; frame < s.owner.length; frame += 1) {
    if (s.owner[frame] === Owner.Td && !s.privateFrame.includes(frame + 1)) lost += 1
  }
  return lost
}

function lostOfMany(s: State): number {
  const isBacking = new Uint8Array(s.owner.length + 1)
  for (let gfn = 0; gfn < s.privateFrame.length; gfn += 1) isBacking[s.privateFrame[gfn]] = 1
  let lost = 0
  for (let frame = 0; frame < s.owner.length; frame += 1) {
    if (s.owner[frame] === Owner.Td && isBacking[frame + 1] === 0) lost += 1
  }
  return lost
}

/** Whether KVM on SEV-SNP has given up no more frames than there were changes of the RMP that may have failed. */
export const noFrameIsLost = (m: Machine, s: State): boolean =>
  !m.rmp || m.inPlace || lostFrames(s) <= (s.failuresLeft.length > 0 ? m.scope.failures - s.failuresLeft[0] : 0)

const frames = (s: State, gfn: Gfn) =>
  (s.sharedFrame[gfn] !== 0 ? 1 : 0) + (s.privateFrame[gfn] !== 0 ? 1 : 0) + s.orphans[gfn]

/** Whether the VM was stopped amid a conversion: what it has goes when it exits. */
const isStopped = ({ program }: Machine, s: State): boolean => program.stops !== undefined && s.tdDead[0] === 1

export const singleBacking = property({
  name: 'single-backing',
  statement: 'A page that is not under conversion has at most one frame, orphaned but pinned frames included.',
  clauses: [
    {
      rule: punchOrphansPinned,
      given: [lastUnpinFreesOrphan],
      holdsAt: (m, s, gfn) => frames(s, gfn) <= 1 || underConversion(m, s, gfn) || s.closed[0] !== 0 || isStopped(m, s),
      explain: (_, s, gfn) => `page ${gfn} has ${frames(s, gfn)} frames and no conversion is under way`,
    },
  ],
  parts: [],
  notOn: ofConversions,
  ofEvents: true,
  ignoresAccounts: true,
  judges: { states: [views('askedByGuest closed orphans privateFrame sharedFrame tdDead')], steps: views() },
  witness: 'a conversion is answered',
  witnessBits: conversionAnswered,
  fullWitness: 1,
})
