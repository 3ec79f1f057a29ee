import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { ok, type Result, refused } from '../../base/result.js'
import type { Catalogue } from './catalogue.js'
import type { WhyNotLoaded } from './load-worker.js'

const remedy =
  'Give threads the loader, too: node --import LOADER (docs/own-designs.md); or compile the module, and name its .js.'

/** Whether worker threads can import the modules of the user's own, as this thread could; else why not. */
export async function threadsCanLoad({ own: { files } }: Catalogue): Promise<Result<void>> {
  if (files.length === 0) return ok(undefined)
  const worker = new Worker(new URL('./load-worker.js', import.meta.url), { workerData: { files } })
  try {
    const [why] = (await once(worker, 'message')) as [WhyNotLoaded]
    if (why === undefined) return ok(undefined)
    return refused({ ...why, message: `worker threads could not import the module: ${why.message}`, remedy })
  } finally {
    await worker.terminate()
  }
}
