import { Script } from 'node:vm'
import { EndlessMutant } from './switch.js'

declare global {
  var ruleMutantTest: (() => unknown) | undefined
}

const within = new Script('globalThis.ruleMutantTest()')

/**
 * Runs a test, which has no end if a mutant took it.
 *
 * @param time of the part of a test before its first `await`, in milliseconds: a loop there is broken off
 */
export async function endOf(run: () => unknown, time: number): Promise<'passes' | 'fails' | 'endless'> {
  globalThis.ruleMutantTest = run
  try {
    await within.runInThisContext({ timeout: Math.ceil(time) })
    return 'passes'
  } catch (error) {
    return isEndless(error) ? 'endless' : 'fails'
  }
}

const isEndless = (error: unknown): boolean =>
  error instanceof EndlessMutant ||
  (error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
