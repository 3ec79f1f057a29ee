import type { Machine } from '../model/machine/machine.js'
import { Owner, type State } from '../model/machine/state.js'

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
