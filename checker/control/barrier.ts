/** Why a search ended. */
export const Stop = {
  /** It runs. */
  None: 0,
  /** Every state was seen. */
  Complete: 1,
  /** Every property is violated, and nothing else was asked. */
  Violated: 2,
  /** No more states fit. */
  States: 3,
  /** The machine gave no more memory. */
  Memory: 4,
  /** Its time is over. */
  Time: 5,
  /** It was told to stop. */
  Interrupted: 6,
  /** It has seen as many levels as it was to see. */
  Levels: 7,
} as const

/** Words that all threads of one search share, by name. */
export const Shared = {
  /** `Stop`. */
  stop: 0,
  /** Blocks of ids handed out. */
  blocks: 1,
  /** Segments listed: ranges of ids in the order in which they were found. */
  segments: 2,
  /** The next segment of the present level to expand, and the level's end. */
  cursor: 3,
  levelEnd: 4,
  /** Threads that have arrived at the barrier, and how often it has opened. */
  arrived: 5,
  opened: 6,
  /** log2 of the slots of the table in use. */
  tableBits: 7,
  /** 1 when the table, or that of the pairs, is so full that it has to grow. */
  tableNeedsGrowth: 8,
  /** Properties that were violated, as bits. */
  violated: 9,
  /** Levels begun: the depth of the search, the initial state being at 1. */
  depth: 10,
  /** 1 when the search is to be saved. */
  save: 11,
  /** Blocks of ids of pairs handed out, and log2 of the slots of their table; 0 where states are stored in full. */
  pairBlocks: 12,
  pairTableBits: 13,
} as const

export const sharedWords = Object.keys(Shared).length

/**
 * Waits until every thread has arrived; the last one to arrive runs the serial section before it releases the others.
 *
 * @param serialSection run by one thread while all others wait
 */
export function awaitBarrier(shared: Int32Array, threads: number, serialSection: () => void): void {
  const opened = Atomics.load(shared, Shared.opened)
  if (Atomics.add(shared, Shared.arrived, 1) === threads - 1) {
    serialSection()
    Atomics.store(shared, Shared.arrived, 0)
    Atomics.add(shared, Shared.opened, 1)
    Atomics.notify(shared, Shared.opened)
    return
  }
  while (Atomics.load(shared, Shared.opened) === opened) Atomics.wait(shared, Shared.opened, opened)
}
