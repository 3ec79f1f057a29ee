import { Shared } from '../control/barrier.js'
import type { Packing } from '../packing/packing.js'
import type { Memory } from './pair-store.js'
import { layOut, type MemoryUse, type StoreMemory } from './store-memory.js'

/** The words of a table that a search may have used: those of each size that it had lie behind those of the last. */
const tableWords = (shared: Memory): number => 2 ** (new Int32Array(shared)[Shared.tableBits] + 1)

/**
 * Memory for one search after the other, in one thread. V8 collects all garbage when large memory is asked for, which
 * takes longer than a small search.
 */
export class ReusedMemory {
  private readonly kept = new Map<MemoryUse, ArrayBuffer>()

  /** Memory as of `makeOwnMemory`. What the search before left in its own is gone. */
  take(packing: Packing, capacity: number): StoreMemory {
    this.clearTable()
    return layOut(packing, capacity, (bytes, use) => this.allocate(bytes, use))
  }

  private clearTable(): void {
    const [table, shared] = [this.kept.get('table'), this.kept.get('shared')]
    if (table !== undefined && shared !== undefined) new Int32Array(table).fill(0, 0, tableWords(shared))
  }

  private allocate(bytes: number, use: MemoryUse): ArrayBuffer {
    const isSmall = use === 'shared' || use === 'counters'
    if (isSmall || (this.kept.get(use)?.byteLength ?? 0) < bytes) {
      this.kept.delete(use) // before the new one is made: there may not be room for both
      this.kept.set(use, new ArrayBuffer(bytes))
    }
    return this.kept.get(use) ?? new ArrayBuffer(bytes)
  }
}
