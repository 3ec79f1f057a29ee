/**
 * Where a table of open addresses is probed for a hash. A table that grows has a power of two of slots; its last size
 * may be any other number, so that it takes as much memory as its states need, and not up to twice that. The two have
 * a class each, so that V8 compiles a probe for the one that a search has.
 */
export interface TableSlots {
  /** The last slot. */
  readonly last: number
  /** The slot where the probe for a hash begins. */
  first(hash: number): number
  /** The slot that the probe looks at after another: the first after the last. */
  after(slot: number): number
}

/** @param slots of the table, at most 2^31 - 1 */
export const tableSlotsOf = (slots: number): TableSlots =>
  Number.isInteger(Math.log2(slots)) ? new MaskedSlots(slots) : new ScaledSlots(slots)

/** Slots of a number that is a power of two: a mask picks one. */
class MaskedSlots implements TableSlots {
  readonly last: number

  constructor(slots: number) {
    this.last = (slots - 1) | 0
  }

  first(hash: number): number {
    return hash & this.last
  }

  after(slot: number): number {
    return (slot + 1) & this.last
  }
}

/** Slots of any number: the hash is scaled to it. */
class ScaledSlots implements TableSlots {
  readonly last: number
  private readonly scale: number

  constructor(slots: number) {
    this.last = (slots - 1) | 0
    this.scale = slots / 2 ** 32
  }

  /** The two upper bits of a hash may stand in the slot itself: they decide least where it is. */
  first(hash: number): number {
    return ((((hash << 2) | (hash >>> 30)) >>> 0) * this.scale) | 0
  }

  after(slot: number): number {
    return slot === this.last ? 0 : slot + 1
  }
}
