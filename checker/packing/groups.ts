/**
 * How many words a loop over a state takes a turn. V8 looks at the kind and the length of a typed array again in each
 * turn, but only once for several words of the same turn: long states take half the time.
 */
export const groupSize = 4

/** Whether a group of words is the same in two arrays, from `at` and from `otherAt`. */
export const sameGroup = (words: Int32Array, at: number, other: Int32Array, otherAt: number): boolean =>
  ((words[at] ^ other[otherAt]) |
    (words[at + 1] ^ other[otherAt + 1]) |
    (words[at + 2] ^ other[otherAt + 2]) |
    (words[at + 3] ^ other[otherAt + 3])) ===
  0

/** Whether `count` words are the same in two arrays, from `at` and from `otherAt`. */
export function sameWords(words: Int32Array, at: number, other: Int32Array, otherAt: number, count: number): boolean {
  let done = 0
  for (; done + groupSize <= count; done += groupSize) {
    if (!sameGroup(words, at + done, other, otherAt + done)) return false
  }
  for (; done < count; done += 1) if (words[at + done] !== other[otherAt + done]) return false
  return true
}

/** Copies `count` words from `at` to `otherAt`. */
export function copyWords(words: Int32Array, at: number, other: Int32Array, otherAt: number, count: number): void {
  let done = 0
  for (; done + groupSize <= count; done += groupSize) {
    other[otherAt + done] = words[at + done]
    other[otherAt + done + 1] = words[at + done + 1]
    other[otherAt + done + 2] = words[at + done + 2]
    other[otherAt + done + 3] = words[at + done + 3]
  }
  for (; done < count; done += 1) other[otherAt + done] = words[at + done]
}

/**
 * Lists the places at which two arrays of the same length differ.
 *
 * @param list where the places are written, from its beginning
 * @returns how many there are
 */
export function listDifferences(words: Int32Array, other: Int32Array, list: Int32Array): number {
  const { length } = words
  let count = 0
  let at = 0
  for (; at + groupSize <= length; at += groupSize) {
    if (sameGroup(words, at, other, at)) continue
    if (words[at] !== other[at]) list[count++] = at
    if (words[at + 1] !== other[at + 1]) list[count++] = at + 1
    if (words[at + 2] !== other[at + 2]) list[count++] = at + 2
    if (words[at + 3] !== other[at + 3]) list[count++] = at + 3
  }
  for (; at < length; at += 1) if (words[at] !== other[at]) list[count++] = at
  return count
}
