import { parentPort, workerData } from 'node:worker_threads'
import type { Verdict } from '../verdict.js'
import type { Explored } from './explored.js'
import { type Growth, growthOf } from './fields.js'
import { conclusions } from './judge.js'
import { type ModelSpec, makeModelSystem } from './spec.js'

/** What the thread is given: a search in shared memory. */
export interface Conclude {
  readonly spec: ModelSpec
  readonly explored: Explored
  /** Also looks at which fields multiply the states. */
  readonly fields: boolean
}

export type FromConcluder =
  | { readonly says: 'verdict'; readonly verdict: Verdict }
  | { readonly says: 'growth'; readonly growth: Growth }
  | { readonly says: 'done' }

const tell = (message: FromConcluder) => parentPort?.postMessage(message)

function work({ spec, explored, fields }: Conclude): void {
  const made = makeModelSystem(spec)
  if (!made.ok) throw new Error(made.message)
  for (const verdict of conclusions(spec, made.value, explored)) tell({ says: 'verdict', verdict })
  if (fields) tell({ says: 'growth', growth: growthOf(made.value, explored) })
  tell({ says: 'done' })
}

work((workerData as { readonly task: Conclude }).task)
