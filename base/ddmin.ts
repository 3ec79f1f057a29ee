/** Where minimising stands: it leaves out chunks of `size` elements, and has tried those that end after `end`. */
export interface DdminPosition {
  readonly size: number
  readonly end: number
}

/** A smaller or simpler list, and where to continue if it fails, too. */
export interface Candidate<T> {
  readonly list: readonly T[]
  readonly next: DdminPosition
}

/**
 * Delta debugging: replaces a failing list by a failing candidate until no candidate fails. With `withoutChunks` among
 * the candidates the result is 1-minimal. The caller runs each list that is yielded and passes back what failed, so a
 * search that runs at once and a target that replies later drive the same algorithm.
 *
 * Source: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28(2), 2002: `ddmin`,
 * reduced to complements. After a success it continues at the same place and size, and not at the largest chunk.
 *
 * @param candidates of a list from a place on, or from the start; every one of them has to be smaller by a measure that
 *   cannot fall endlessly
 * @returns the last list that failed; `next` takes undefined for a candidate that did not fail, else the list that
 *   failed: the candidate, or a smaller one that running it left
 */
export function* ddmin<T>(
  list: readonly T[],
  candidates: (list: readonly T[], from: DdminPosition | undefined) => Iterable<Candidate<T>>,
): Generator<readonly T[], readonly T[], readonly T[] | undefined> {
  let best = list
  let from: DdminPosition | undefined
  for (let isMinimal = false; !isMinimal; ) {
    isMinimal = true
    for (const candidate of candidates(best, from)) {
      const failed = yield candidate.list
      if (failed === undefined) continue
      best = failed
      from = candidate.next
      isMinimal = false
      break
    }
  }
  return best
}

/**
 * The list without one chunk of its elements: large chunks first, and of a size the last chunk first. From a place in
 * the single elements it comes round to those that were tried before the last success.
 *
 * @param fixed elements at the end that stay
 */
export function* withoutChunks<T>(
  list: readonly T[],
  from: DdminPosition | undefined,
  fixed = 0,
): Generator<Candidate<T>> {
  const length = list.length - fixed
  const start = Math.max(1, Math.min(from?.size ?? length, length >> 1))
  const end = Math.min(from?.end ?? length, length)
  for (let size = start; size > 1; size >>= 1) yield* without(list, size, size === start ? end : length, 0)
  const last = start === 1 ? end : length
  yield* without(list, 1, last, 0)
  yield* without(list, 1, length, last)
}

/** Candidates that are simpler and as long as before: after a success single elements are tried again. */
export function* simplifications<T>(lists: Iterable<readonly T[]>): Generator<Candidate<T>> {
  for (const list of lists) yield { list, next: { size: 1, end: list.length } }
}

/** Leaves out `size` elements at a time: those that end at `from` first, those that end just after `to` last. */
function* without<T>(list: readonly T[], size: number, from: number, to: number): Generator<Candidate<T>> {
  for (let end = from; end > to; end -= size) {
    const first = Math.max(0, end - size)
    yield { list: [...list.slice(0, first), ...list.slice(end)], next: { size, end: first } }
  }
}
