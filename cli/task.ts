import type { SetupInput } from '../search/setup.js'
import { type JudgeOptions, judgeSetup, type Verdict } from '../search/verdict.js'

/** One machine to search, as plain data: it goes to a worker thread. */
export interface Task {
  readonly setup: SetupInput
  readonly properties: readonly string[]
  readonly options: Omit<JudgeOptions, 'onProgress'>
}

export type TaskAnswer = { readonly verdicts: readonly Verdict[] } | { readonly message: string }

/** Carries out a task. A scope that does not fit in memory is the user's to change, and no bug of ours. */
export function answer(task: Task, onProgress: (runs: number) => void): TaskAnswer {
  try {
    const found = judgeSetup(task.setup, task.properties, { ...task.options, onProgress })
    return 'message' in found ? found : { verdicts: found }
  } catch (error) {
    if (!(error instanceof RangeError) || !/allocation failed|Invalid typed array length/.test(error.message))
      throw error
    return { message: `scope: a machine of ${task.setup.scope.pages} pages does not fit in memory; ask for fewer` }
  }
}
