import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const prefix = 'dmaproof-tests-'

const before = process.env.TMPDIR
const folder = join(tmpdir(), `${prefix}${process.pid}`)

/**
 * Gives a run of the tests a temporary folder of its own, in which whatever the tests and their commands leave is gone
 * when it ends. What a killed run left is removed by the next.
 */
export function setup(): void {
  removeLeft(tmpdir())
  mkdirSync(folder)
  process.env.TMPDIR = folder
}

export function teardown(): void {
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
  remove(folder)
}

/** Removes the folders of runs that have ended, as far as they are ours to remove. */
export function removeLeft(inside: string): void {
  for (const name of readdirSync(inside)) {
    const pid = new RegExp(`^${prefix}(\\d+)$`).exec(name)?.[1]
    if (pid !== undefined && !isRunning(Number(pid))) remove(join(inside, name))
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** What cannot be removed stays: the tests were judged without it. */
function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  } catch (error) {
    console.warn(`${folder} is left behind: ${error instanceof Error ? error.message : String(error)}`)
  }
}
