import { serve } from '../../search/jobs/threads.js'
import { type LitmusTask, type Ran, runFile } from './run-file.js'

/** The other side of the pool: a test in, its answer out. */
serve<LitmusTask, Ran, never>(runFile)
