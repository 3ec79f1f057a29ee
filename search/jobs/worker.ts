import { parentPort, workerData } from 'node:worker_threads'
import { stackOf } from '../../base/thrown.js'
import type { Coverage } from '../../model/actions/relation.js'
import { loadCatalogue } from '../catalogue/load.js'
import type { Verdict } from '../verdict.js'
import type { FromWorker, Job } from './job.js'
import { runJob } from './run-job.js'

/** What the thread is given: the modules of what its user adds. */
export interface WorkerData {
  readonly files: readonly string[]
}

/** The other side of the pool: a job in, its answer out. */
const port = parentPort
const post = (message: FromWorker) => port?.postMessage(message)
const catalogue = await loadCatalogue((workerData as WorkerData).files)

port?.on('message', (job: Job) => {
  try {
    const inside = {
      onProgress: (share: number) => post({ type: 'progress', share }),
      onFound: (verdicts: readonly Verdict[]) => post({ type: 'found', verdicts }),
      onCoverage: (coverage: Coverage) => post({ type: 'coverage', coverage }),
    }
    post({ type: 'done', answer: catalogue.ok ? runJob(job, inside, catalogue.value) : catalogue })
  } catch (error) {
    post({ type: 'bug', stack: stackOf(error) })
  }
})
