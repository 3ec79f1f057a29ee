/** A noun as it stands behind its count: `1 action`, `2 actions`. */
export const plural = (count: number, noun: string): string => (count === 1 ? noun : `${noun}s`)
