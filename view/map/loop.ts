import type { RecordedStep } from '../../search/step-effects.js'
import type { Trace } from '../../search/trace.js'

/**
 * Where the loop of a lasso begins: how many steps were taken when the machine was first as it is at the end of its
 * continuation. Undefined for a run without one, and for one that comes to a bad end instead.
 */
export function loopOf({ steps, continuation = [] }: Trace): number | undefined {
  if (continuation.length === 0) return undefined
  const all = [...steps, ...continuation]
  /** Entries that differ from the end, by view and index, with their value there. */
  const others = new Map<string, number>()
  let found: number | undefined
  for (let taken = all.length - 1; taken >= steps.length; taken -= 1) {
    takeBack(all[taken], others)
    if (others.size === 0) found = taken
  }
  return found
}

function takeBack(step: RecordedStep | undefined, others: Map<string, number>): void {
  for (const [view, changes] of Object.entries(step?.effects?.changed ?? {})) {
    for (const [index, before, after] of changes) {
      const key = `${view} ${index}`
      const atEnd = others.get(key) ?? after
      if (atEnd === before) others.delete(key)
      else others.set(key, atEnd)
    }
  }
}
