/**
 * Where in a table of open addresses a hash is looked for. A table that grows has a power of two of slots; its last
 * size may be any other number, so that it takes as much memory as its states need, and not up to twice that.
 */

/** What `slotOf` multiplies a hash with; 0 where a mask does. */
export const scaleOf = (slots: number): number => (isPowerOfTwo(slots) ? 0 : slots / 2 ** 32)

const isPowerOfTwo = (slots: number): boolean => Number.isInteger(Math.log2(slots))

/**
 * The slot where the probe for a hash begins. The two upper bits of a hash may stand in the slot itself: they decide
 * least where it is.
 *
 * @param last slot of the table, at most 2^31 - 2
 * @param scale `scaleOf` of its slots
 */
export const slotOf = (hash: number, last: number, scale: number): number =>
  scale === 0 ? hash & last : ((((hash << 2) | (hash >>> 30)) >>> 0) * scale) | 0
