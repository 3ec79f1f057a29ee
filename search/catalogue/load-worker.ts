import { parentPort, workerData } from 'node:worker_threads'
import type { Problem } from '../../base/result.js'
import { loadCatalogue } from './load.js'

/** What the thread answers: why it could not import a module; undefined if it could import all. */
export type WhyNotLoaded = Problem | undefined

const loaded = await loadCatalogue((workerData as { readonly files: readonly string[] }).files)
parentPort?.postMessage((loaded.ok ? undefined : loaded.problem) satisfies WhyNotLoaded)
