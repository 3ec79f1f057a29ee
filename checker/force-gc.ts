import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Runs a full garbage collection, which frees the shared memory of searches that are over. V8 does not count shared
 * memory when it decides when to collect, so each search of a design would have less memory than the one before.
 */
export function forceGc(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
}
