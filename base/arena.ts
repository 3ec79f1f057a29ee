/** A window on one field of the state vector. */
export type View = Uint8Array | Uint16Array | Uint32Array

const widths = [4, 2, 1] as const
type Width = (typeof widths)[number]

function widthFor(max: number): Width {
  if (max <= 0xff) return 1
  return max <= 0xffff ? 2 : 4
}

/** Bits that a byte of a value up to `max` uses. */
const bitsOfByte = (byte: number, max: number): number => Math.min(8, Math.max(0, 32 - Math.clz32(max) - byte * 8))

/**
 * Lays fields out in one buffer, widest first so that every view is aligned. It is asked twice for the same
 * fields in the same order: once to measure, once to hand out views.
 */
export class Arena {
  private readonly used: Record<Width, number> = { 4: 0, 2: 0, 1: 0 }
  private readonly next: Record<Width, number> = { 4: 0, 2: 0, 1: 0 }
  private buffer: ArrayBuffer | undefined
  private readonly fields: {
    readonly at: number
    readonly end: number
    readonly width: Width
    readonly max: number
  }[] = []

  /** @param max the largest value that an element ever holds */
  take(length: number, max: number): View {
    const width = widthFor(max)
    const bytes = length * width
    if (this.buffer === undefined) {
      this.used[width] += bytes
      return new Uint8Array(0)
    }
    const at = this.next[width]
    this.next[width] = at + bytes
    this.fields.push({ at, end: at + bytes, width, max })
    if (width === 4) return new Uint32Array(this.buffer, at, length)
    return width === 2 ? new Uint16Array(this.buffer, at, length) : new Uint8Array(this.buffer, at, length)
  }

  /**
   * @param room whole words behind the vector, for what a caller keeps with a state
   * @returns all bytes, as the one vector that is copied, compared and hashed; their buffer is in whole words
   */
  allocate(room = 0): Uint8Array {
    this.next[2] = this.used[4]
    this.next[1] = this.used[4] + this.used[2]
    const bytes = this.used[4] + this.used[2] + this.used[1]
    this.buffer = new ArrayBuffer((Math.ceil(bytes / 4) + room) * 4)
    return new Uint8Array(this.buffer, 0, bytes)
  }

  /** How many low bits of each byte of the buffer may be set: those of each field, and all of a caller's words. */
  bits(): Uint8Array {
    const { buffer = new ArrayBuffer(0) } = this
    const bits = new Uint8Array(buffer.byteLength)
    bits.fill(8, Math.ceil((this.used[4] + this.used[2] + this.used[1]) / 4) * 4)
    for (const { at, end, width, max } of this.fields) {
      for (let byte = at; byte < end; byte += 1) bits[byte] = bitsOfByte((byte - at) % width, max)
    }
    return bits
  }
}
