import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test } from 'vitest'

/** The built module, since a thread runs no TypeScript. */
const path = resolve('dist/checker/threads/worker-pool.js')
const { WorkerPool } = (await import(path)) as typeof import('./worker-pool.js')

type Task = 'work' | 'throw' | 'leave' | 'wait' | { readonly memory: SharedArrayBuffer }
interface Note {
  readonly thread: number
  /** Whether memory of an earlier task is still there. */
  readonly holds: boolean
  /** Whether what the task before resolved to is still there. */
  readonly keeps: boolean
}

const module = new URL(
  `data:text/javascript,${encodeURIComponent(`
  import { threadId } from 'node:worker_threads'
  import { serveTasks } from '${pathToFileURL(path)}'
  let earlier, resolved
  serveTasks(async (task, tell) => {
    tell({ thread: threadId, holds: earlier?.deref() !== undefined, keeps: resolved?.deref() !== undefined })
    if (task.memory !== undefined) earlier = new WeakRef(task.memory)
    if (task === 'throw') throw new RangeError('planted')
    if (task === 'leave') setTimeout(() => process.exit(0), 20)
    if (task === 'wait') await new Promise(() => setInterval(() => {}, 1000))
    const system = { thread: threadId }
    resolved = new WeakRef(system)
    return system
  })`)}`,
)

const pool = new WorkerPool<Task, Note>(module)
afterEach(() => pool.end())

async function carryOut(task: Task): Promise<Note> {
  const notes: Note[] = []
  await pool.begin(task, (note) => notes.push(note)).done
  expect(notes).toHaveLength(1)
  return notes[0] as Note
}

test('one task after the other is carried out by one thread, two at once by two', async () => {
  const first = await carryOut('work')
  expect((await carryOut('work')).thread).toBe(first.thread)
  const two = await Promise.all([carryOut('work'), carryOut('work')])
  expect(new Set(two.map(({ thread }) => thread)).size).toBe(2)
})

test('what a task throws rejects it, and ends its thread alone', async () => {
  const { thread } = await carryOut('work')
  await expect(carryOut('throw')).rejects.toThrow(new RangeError('planted'))
  expect((await carryOut('work')).thread).not.toBe(thread)
})

test('a thread that ends between two tasks is handed no further one', async () => {
  const { thread } = await carryOut('leave')
  await new Promise((left) => setTimeout(left, 100))
  expect((await carryOut('work')).thread).not.toBe(thread)
})

test('a task that is stopped is rejected, and its thread is gone', async () => {
  let thread = 0
  let begun = (): void => undefined
  const isRunning = new Promise<void>((run) => {
    begun = run
  })
  const running = pool.begin('wait', (note) => {
    thread = note.thread
    begun()
  })
  const rejected = expect(running.done).rejects.toThrow('a search thread ended before its search')
  await isRunning
  await running.stop()
  await rejected
  expect((await carryOut('work')).thread).not.toBe(thread)
})

test('memory that a task shared is given back when it is done, and what it resolved to is kept', async () => {
  const { thread } = await carryOut({ memory: new SharedArrayBuffer(1 << 20) })
  expect(await carryOut('work')).toEqual({ thread, holds: false, keeps: true })
})
