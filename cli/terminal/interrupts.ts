/** ^C, the end of a job's time in CI, and a terminal that is closed. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/**
 * Milliseconds in which a signal is the same again: `npm` passes on what its child has from the terminal already, and
 * `timeout` sends its signal to the command and then to the whole group.
 */
const same = 1000

/**
 * Calls back at the first signal instead of ending the process: there is something to report and to keep. A second one
 * has its usual effect. The same signal again has none, also where the caller has stopped listening and reports.
 *
 * @returns how to stop listening
 */
export function onInterrupt(callback: () => void): () => void {
  let first: number | undefined
  const listener = (signal: NodeJS.Signals): void => {
    if (first === undefined) {
      first = performance.now()
      callback()
    } else if (performance.now() - first > same) {
      unlisten()
      process.kill(process.pid, signal)
    }
  }
  const unlisten = (): void => {
    for (const signal of signals) process.off(signal, listener)
  }
  for (const signal of signals) process.on(signal, listener)
  return () => {
    if (first === undefined) unlisten()
    else setTimeout(unlisten, Math.max(0, first + same - performance.now())).unref()
  }
}
