import { expect, test } from 'vitest'
import { runInThreads, type ThreadWork } from './threads.js'

/** A thread that posts what its task says, as `serve` does. */
const url = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads'
    parentPort.on('message', (task) => {
      if (task === 'exit') process.exit(7)
      if (task === 'throw') throw new RangeError('Array buffer allocation failed')
      if (task === 'fail') parentPort.postMessage({ type: 'failed', stack: 'Error: no', isOutOfMemory: false })
      else if (task !== 'wait') {
        parentPort.postMessage({ type: 'note', note: 'took ' + task })
        parentPort.postMessage({ type: 'done', answer: task.toUpperCase() })
      }
    })`)}`,
)

/** Hands out tasks in their order; `said` has what came, by the number of the task. */
function workOf(tasks: readonly string[], more: Partial<ThreadWork<string, string, string>> = {}) {
  const said: string[] = []
  let next = 0
  const work: ThreadWork<string, string, string> = {
    url,
    take: () => {
      const [index, task] = [next, tasks[next]]
      next += 1
      return task === undefined ? undefined : { index, task }
    },
    onNote: (index, note) => said.push(`${index} ${note}`),
    onDone: (index, answer) => {
      said.push(`${index} ${answer}`)
      return true
    },
    onInterrupt: () => () => undefined,
    ...more,
  }
  return { work, said }
}

test('one thread carries out all tasks in their order, each with its notes', async () => {
  const { work, said } = workOf(['a', 'b', 'c'])
  expect(await runInThreads(work, 1)).toEqual({ ended: 'all' })
  expect(said).toEqual(['0 took a', '0 A', '1 took b', '1 B', '2 took c', '2 C'])
})

test('several threads carry out each task once', async () => {
  const { work, said } = workOf(['a', 'b', 'c', 'd', 'e'])
  expect(await runInThreads(work, 3)).toEqual({ ended: 'all' })
  expect(said.filter((one) => !one.includes('took')).sort()).toEqual(['0 A', '1 B', '2 C', '3 D', '4 E'])
})

test('without a task no thread is started', async () => {
  const { work } = workOf([], { url: new URL('data:text/javascript,process.exit(1)') })
  expect(await runInThreads(work, 2)).toEqual({ ended: 'all' })
})

test('an answer can end the work', async () => {
  const { work, said } = workOf(['a', 'b', 'c'], { onDone: () => false })
  expect(await runInThreads(work, 1)).toEqual({ ended: 'stopped' })
  expect(said).toEqual(['0 took a'])
})

test('an interrupt ends the work while a task runs, and is no longer listened to', async () => {
  const heard: string[] = []
  const { work } = workOf(['wait'], {
    onInterrupt: (stop) => {
      setTimeout(stop, 10)
      return () => heard.push('ignored')
    },
  })
  expect(await runInThreads(work, 1)).toEqual({ ended: 'interrupted' })
  expect(heard).toEqual(['ignored'])
})

test.each([
  ['fail', 'Error: no', false],
  ['throw', 'RangeError: Array buffer allocation failed', true],
  ['exit', 'Error: a worker thread ended in a search (status 7)', false],
])('a thread of which the task is to %s ends the work with the reason', async (task, reason, isOutOfMemory) => {
  const end = await runInThreads(workOf([task, 'a']).work, 1)
  if (end.ended !== 'failed') throw new Error(`ended: ${end.ended}`)
  expect({ ...end.failure, stack: end.failure.stack.split('\n')[0] }).toEqual({ stack: reason, isOutOfMemory })
})

test.each(['onNote', 'onDone'] as const)('what %s throws is thrown to the caller', async (name) => {
  const { work } = workOf(['a'], {
    [name]: () => {
      throw new Error('a full disk')
    },
  })
  await expect(runInThreads(work, 1)).rejects.toThrow('a full disk')
})

test('what the next task throws is thrown to the caller', async () => {
  const { work } = workOf([], {
    take: () => {
      throw new Error('a bad plan')
    },
  })
  await expect(runInThreads(work, 1)).rejects.toThrow('a bad plan')
})
