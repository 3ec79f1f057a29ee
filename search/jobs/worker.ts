import { workerData } from 'node:worker_threads'
import type { Coverage } from '../../model/actions/relation.js'
import { loadCatalogue } from '../catalogue/load.js'
import type { Verdict } from '../verdict.js'
import type { Job, JobAnswer, JobNote, JobWorkerData } from './job.js'
import { runJob } from './run-job.js'
import { serve } from './threads.js'

/** The other side of the pool: a job in, its answer out. */
const catalogue = await loadCatalogue((workerData as JobWorkerData).files)

serve<Job, JobAnswer, JobNote>((job, tell) => {
  const inside = {
    onProgress: (share: number) => tell({ type: 'progress', share }),
    onFound: (verdicts: readonly Verdict[]) => tell({ type: 'found', verdicts }),
    onCoverage: (coverage: Coverage) => tell({ type: 'coverage', coverage }),
  }
  return catalogue.ok ? runJob(job, inside, catalogue.value) : catalogue
})
