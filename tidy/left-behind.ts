import { existsSync, readFileSync } from 'node:fs'

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

/**
 * Bytes of address space that the process has taken and not given back, used or not; 0 where Linux's /proc is not.
 * Linux lets no process fork that has taken more than the machine's memory, so that a test could start no program.
 */
export function addressSpaceTaken(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : ''
  return Number(/^VmData:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
}
