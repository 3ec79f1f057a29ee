/** A noun as it stands behind its count: `1 action`, `2 actions`. */
export const plural = (count: number, noun: string): string => (count === 1 ? noun : `${noun}s`)

/** A count with its noun: `1 action`, `2,000 actions` where `shown` writes the count so. */
export const counted = (count: number, noun: string, shown: (count: number) => string = String): string =>
  `${shown(count)} ${plural(count, noun)}`
