import { type ChildProcessWithoutNullStreams, type SpawnOptionsWithoutStdio, spawn } from 'node:child_process'

/** Signals that end this process and do not reach other process groups. */
const ending = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const

/** Groups that have not been ended, by their leader's pid. */
const open = new Set<number>()

/**
 * Starts a program in a process group of its own, which ends with this process at the latest, whether that is ended by
 * a signal or ends by itself.
 */
export function spawnGroup(
  [program = '', ...words]: readonly string[],
  options: SpawnOptionsWithoutStdio,
): ChildProcessWithoutNullStreams {
  if (open.size === 0) listen() // before it starts: a signal in between would not reach it
  const child = spawn(program, words, { ...options, detached: true })
  if (child.pid !== undefined) open.add(child.pid)
  else if (open.size === 0) unlisten()
  return child
}

/** Ends a group, and all that is in it, at once. */
export function endGroup({ pid }: ChildProcessWithoutNullStreams): void {
  if (pid === undefined) return
  kill(pid)
  if (open.delete(pid) && open.size === 0) unlisten()
}

function kill(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {} // it is gone already
}

function killAll(): void {
  for (const group of open) kill(group)
}

/** If another listener handles the signal, it decides whether this process ends; if not, the groups end with it. */
function die(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return
  killAll()
  unlisten()
  process.kill(process.pid, signal) // has its usual effect now, and the parent sees the usual status
}

function listen(): void {
  process.on('exit', killAll)
  for (const signal of ending) process.on(signal, die)
}

function unlisten(): void {
  process.off('exit', killAll)
  for (const signal of ending) process.off(signal, die)
}
