type Seen = Readonly<Record<string, unknown>>

/** What of its process a test file may change only for as long as it runs: the next one in the process relies on it. */
const parts: Readonly<Record<string, () => Seen>> = {
  environment: () => ({ ...process.env }),
  'working folder': () => ({ cwd: process.cwd() }),
  'exit code': () => ({ exitCode: process.exitCode }),
  'listeners of signals': () =>
    Object.fromEntries((['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => [name, process.listenerCount(name)])),
  'clocks and timers': () => ({ now: Date.now, setTimeout, setInterval, performance: performance.now }),
}

/** What a process is like now, by part. */
export type ProcessSight = Readonly<Record<string, Seen>>

/** Looks at the parts of the process that one test file could leave changed to the next. */
export function lookAtProcess(): ProcessSight {
  return Object.fromEntries(Object.entries(parts).map(([part, look]) => [part, look()]))
}

/** What is another than it was, a line each: its part and name. */
export function leftBehind(before: ProcessSight, after: ProcessSight): string[] {
  return Object.keys(after).flatMap((part) => {
    const [was, is] = [before[part] ?? {}, after[part] ?? {}]
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])]
    return names.filter((name) => was[name] !== is[name]).map((name) => `${part}: ${name}`)
  })
}
