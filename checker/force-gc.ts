import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Gives back the shared memory of searches that nobody holds any more. V8 does not count it when it decides whether to
 * look for what can go, so that each search of a design would have less than the one before.
 */
export function forceGc(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
}
