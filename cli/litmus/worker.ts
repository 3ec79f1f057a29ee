import { serve } from '../../search/jobs/threads.js'
import { type LitmusTask, type RanTest, runFile } from './run-file.js'

/** The other side of the pool: a test in, its answer out. */
serve<LitmusTask, RanTest, never>(runFile)
