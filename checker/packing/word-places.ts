/** Bits of a word. */
export const bitsOfWord = 32

/**
 * Bits moved up by a turn, those beyond the end to the beginning. Shifts are modulo 32, so that a turn of 0, or of 32,
 * changes nothing.
 */
export const rotated = (bits: number, turn: number): number => (bits << turn) | (bits >>> (bitsOfWord - turn))

/** The bits that are used in a word. @param bits width in bits of each of its bytes, the lowest first */
export const maskOf = (bits: Uint8Array): number =>
  bits.reduce((mask, width, byte) => mask | ((2 ** width - 1) << (byte * 8)), 0)

/** Where a word of a state stands in the packed state. */
export interface Place {
  /** The packed word, by how many bits the word is rotated there, and which bits it may have. */
  readonly target: number
  readonly turn: number
  readonly mask: number
}

/** Words of the packed state. */
export const lengthOf = (places: readonly Place[]): number => Math.max(1, ...places.map(({ target }) => target + 1))

/** Gives each word a place: the widest first, each into the first packed word that has room. */
export function placesFor(masks: readonly number[]): Place[] {
  const used: number[] = []
  const widths = masks.map(bitsIn)
  const places = masks.map((mask): Place => ({ target: 0, turn: 0, mask }))
  const order = [...masks.keys()].sort((a, b) => widths[b] - widths[a] || a - b)
  // Packed words that are not full: no other has room.
  let open: readonly number[] = []
  for (const word of order) {
    if (masks[word] === 0) continue
    const place = placeAmong(open, used, masks[word])
    const { target } = place
    if (target === used.length) open = [...open, target]
    used[target] = (used[target] ?? 0) | rotated(masks[word], place.turn)
    if (used[target] === -1) open = open.filter((at) => at !== target)
    places[word] = { ...place, mask: masks[word] }
  }
  return places
}

function placeAmong(open: readonly number[], used: readonly number[], mask: number): Omit<Place, 'mask'> {
  for (const target of open) {
    for (let turn = 0; turn < bitsOfWord; turn += 1) {
      if ((used[target] & rotated(mask, turn)) === 0) return { target, turn }
    }
  }
  return { target: used.length, turn: 0 }
}

function bitsIn(word: number): number {
  let count = 0
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1
  return count
}
