import { Dmar, Owner, Sept, TdInvalidation } from '../../model/machine/values.js'
import { vcpuKeyGfn, vcpuKeyIsPrivate } from '../../model/memory/tlb-tracking.js'
import { type CellPart, join, type MapCell } from './cell.js'
import type { StateHistory } from './memory.js'
import { frameName, type StatePage } from './place.js'

// What devices that the guest trusts reach: by the table that translates for them, and by what a unit keeps of it.

/** Whether the unit still goes by the entry of a device: one that is present, or blocked and not yet invalidated. */
function isUsable(memory: StateHistory, device: number): boolean {
  const entry = memory.at('dmar', device)
  if (entry === Dmar.Present) return true
  return entry === Dmar.Blocked && memory.at('dmarInvalidation', device) < TdInvalidation.Dropped
}

/** The devices that a unit, or any for unit -1, lets reach something. */
function usable({ memory, shape }: StatePage, unit: number): number[] {
  const devices = Array.from({ length: memory.length('dmar') }, (_, device) => device)
  return devices.filter((one) => (unit < 0 || one % shape.scope.units === unit) && isUsable(memory, one))
}

/** The frame to which a walk leads by one of the two addresses of the page; -1 if it leads nowhere. */
function walkedFrame({ memory, shape, page }: StatePage, isPrivate: boolean): number {
  if (isPrivate && memory.length('trustedPte') > 0) return memory.at('trustedPte', page) - 1
  if (isPrivate) return memory.at('sept', page) === Sept.Mapped ? memory.at('privateFrame', page) - 1 : -1
  const isLed =
    memory.length('sharedRoot') > 0 && memory.at('sharedRoot', 0) === 1 && memory.at('sharedEpt', page) === 1
  if (!isLed) return -1
  return shape.scope.backing === 'in-place' ? page : memory.at('sharedFrame', page) - 1
}

/** Whether a device may come to a frame: by the private address to the guest's own of the page, else to the host's. */
export function mayBeTrusted({ memory, page }: StatePage, frame: number, isPrivate: boolean): boolean {
  if (!isPrivate) return memory.at('owner', frame) === Owner.Host
  return memory.at('owner', frame) === Owner.Td && memory.at('privateFrame', page) === frame + 1
}

/** Whether the guest took the page since it was added; of a host's own table no text says that the unit asks. */
function isAccepted({ memory, page }: StatePage): boolean {
  const entry = memory.at('sept', page)
  const isIn = entry === Sept.Mapped || entry === Sept.Blocked || memory.at('released', page) === 1
  return isIn || memory.length('trustedPte') > 0
}

function partOf(place: StatePage, frame: number, isPrivate: boolean, unit: number): CellPart {
  const { memory } = place
  const devices = usable(place, unit)
  const isVerified = (device: number) => memory.length('attested') === 0 || memory.at('attested', device) === 1
  const isRight =
    mayBeTrusted(place, frame, isPrivate) && (!isPrivate || (isAccepted(place) && devices.every(isVerified)))
  const text = `${isPrivate ? 'private' : 'shared'} ${frameName(frame, place)}${devices.length === 0 ? ', off' : ''}`
  return { text, isWrong: devices.length > 0 && !isRight, frame }
}

/** Where the table for trusted devices leads; `off` while no device may use it. */
export function trustedCell(place: StatePage): MapCell {
  return join(
    [true, false].flatMap((isPrivate): CellPart[] => {
      const frame = walkedFrame(place, isPrivate)
      return frame < 0 ? [] : [partOf(place, frame, isPrivate, -1)]
    }),
  )
}

/** What units keep for trusted devices. */
export function trustedTlbCell(place: StatePage): MapCell {
  const { memory, shape, page } = place
  const parts: CellPart[] = []
  for (let slot = 0; slot < memory.length('trustedKey'); slot += 1) {
    const key = memory.at('trustedKey', slot)
    if (key === 0 || vcpuKeyGfn(key) !== page) continue
    const unit = Math.floor(slot / shape.scope.iotlbEntries)
    const isPrivate = vcpuKeyIsPrivate(key)
    const frame = memory.at('trustedFrame', slot) - 1
    const part = partOf(place, frame, isPrivate, unit)
    const name = shape.scope.units > 1 ? `unit ${unit}: ` : ''
    parts.push({ ...part, text: name + part.text, isStale: walkedFrame(place, isPrivate) !== frame })
  }
  return join(parts)
}
