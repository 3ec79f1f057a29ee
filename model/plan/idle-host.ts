import type { Call, Host } from './plan.js'

const nothing: Call = { body: [], undo: [] }

/** A host that does nothing: for machines in which only hardware, the guest and single steps matter. */
export const idleHost: Host = {
  calls: {
    map: nothing,
    unmap: nothing,
    attach: nothing,
    detach: nothing,
    'set-private': nothing,
    'set-shared': nothing,
    'discard-shared': nothing,
    'discard-private': nothing,
    'delete-slot': nothing,
    'create-slot': nothing,
  },
  boot: [],
  toPrivate: [],
  toShared: [],
  undoPrivate: [],
  undoShared: [],
  teardown: [],
  added: [],
  undoAdded: [],
  removed: [],
  ats: [],
  slotRemoved: [],
  undoSlotRemoved: [],
  slotAdded: [],
  undoSlotAdded: [],
  pins: true,
  bootRequest: false,
  domains: 2,
}
