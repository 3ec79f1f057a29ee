/** A window on one field of the state vector. */
export type View = Uint8Array | Uint16Array | Uint32Array

const wordBits = 32

const bitsOf = (max: number): number => wordBits - Math.clz32(max)

function bytesOf(bits: number): 1 | 2 | 4 {
  if (bits <= 8) return 1
  return bits <= 16 ? 2 : 4
}

/**
 * Lays fields out in one buffer, those of the most bits first: so every view is aligned, and neighbours use the same
 * bits of their bytes, which `Packing` relies on. It is asked twice for the same fields in the same order: once to
 * measure, once to hand out views.
 */
export class Arena {
  /** Bytes that fields of so many bits an element take, and where the next such field begins. */
  private readonly used = new Int32Array(wordBits + 1)
  private readonly next = new Int32Array(wordBits + 1)
  private buffer: ArrayBuffer | undefined
  private readonly fields: { readonly at: number; readonly end: number; readonly bits: number }[] = []

  /** @param max the largest value that an element ever holds */
  take(length: number, max: number): View {
    const bits = bitsOf(max)
    const bytes = length * bytesOf(bits)
    if (this.buffer === undefined) {
      this.used[bits] += bytes
      return new Uint8Array(0)
    }
    const at = this.next[bits]
    this.next[bits] = at + bytes
    this.fields.push({ at, end: at + bytes, bits })
    if (bits <= 8) return new Uint8Array(this.buffer, at, length)
    return bits <= 16 ? new Uint16Array(this.buffer, at, length) : new Uint32Array(this.buffer, at, length)
  }

  /**
   * @param room whole words behind the vector, for what a caller keeps with a state
   * @returns all bytes, as the one vector that is copied, compared and hashed; their buffer is in whole words
   */
  allocate(room = 0): Uint8Array {
    let bytes = 0
    for (let bits = wordBits; bits >= 0; bits -= 1) {
      this.next[bits] = bytes
      bytes += this.used[bits]
    }
    this.buffer = new ArrayBuffer((Math.ceil(bytes / 4) + room) * 4)
    return new Uint8Array(this.buffer, 0, bytes)
  }

  /** How many low bits of each byte of the buffer may be set: those of each field, and all of a caller's words. */
  bits(): Uint8Array {
    const { buffer = new ArrayBuffer(0), used } = this
    const bits = new Uint8Array(buffer.byteLength)
    bits.fill(8, Math.ceil(used.reduce((sum, bytes) => sum + bytes) / 4) * 4)
    for (const field of this.fields) {
      const width = bytesOf(field.bits)
      for (let byte = field.at; byte < field.end; byte += 1) {
        bits[byte] = Math.min(8, Math.max(0, field.bits - ((byte - field.at) % width) * 8))
      }
    }
    return bits
  }
}
