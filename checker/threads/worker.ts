import { must, type Result } from '../../base/result.js'
import { SearchThread } from '../bfs.js'
import type { StoreMemory } from '../memory/store-memory.js'
import { StateStore } from '../state-store.js'
import type { System } from '../system.js'
import { saveCheckpoint } from './checkpoint.js'
import { serveTasks } from './worker-pool.js'

/** How a thread builds the system that it searches: systems hold functions, which cannot be sent to a thread. */
export interface SystemRecipe {
  /** URL of a module that exports `makeSystem: (spec) => Promise<Result<System>>`. */
  readonly module: string
  /** Plain data that `makeSystem` understands. */
  readonly spec: unknown
  /** A text that is equal for equal systems only: what a checkpoint is known by. */
  readonly identity: string
}

/** What a thread is given: the search's shared memory, and what it explores. */
export interface WorkerTask {
  readonly recipe: SystemRecipe
  readonly memory: StoreMemory
  readonly threads: number
  readonly exhaust: boolean
  /** Milliseconds from the start of the search to its deadline; Infinity for none. */
  readonly milliseconds: number
  /** Whether this thread stores the initial state: one does, unless a checkpoint has. */
  readonly storesInitialState: boolean
  /** The file to save the search to when the coordinator asks for it. */
  readonly checkpoint?: string
}

interface SystemModule {
  readonly makeSystem: (spec: unknown) => Promise<Result<System>>
}

/** What a thread tells the coordinator: a checkpoint could not be written. An error would lose its code on the way. */
export interface UnsavedNote {
  readonly reason: string
  readonly code: string | undefined
}

/** Carries out one thread's part of a search. @returns the system that it searched */
async function work(
  { recipe, memory, threads, exhaust, milliseconds, storesInitialState, checkpoint }: WorkerTask,
  tell: (note: UnsavedNote) => void,
): Promise<System> {
  const { makeSystem } = (await import(recipe.module)) as SystemModule
  const system = must(await makeSystem(recipe.spec))
  const search = new SearchThread(system, new StateStore(memory), {
    threads,
    exhaust,
    deadline: performance.now() + milliseconds,
    ...(checkpoint === undefined
      ? {}
      : { onSave: () => tellUnsaved(() => saveCheckpoint(checkpoint, recipe.identity, memory), tell) }),
  })
  if (storesInitialState) search.storeInitialState()
  search.run()
  return system
}

/** A search that cannot be saved continues: it may still complete. */
function tellUnsaved(save: () => void, tell: (note: UnsavedNote) => void): void {
  try {
    save()
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    tell({ reason: message, code })
  }
}

serveTasks(work)
