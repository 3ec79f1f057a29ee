import type { Workload } from '../../cost/workload.js'
import type { CellOptions } from '../options/cells.js'
import type { CiReports } from '../options/ci-reports.js'
import type { OwnOptions } from '../options/own.js'

/** What the command line of `compare` says. */
export interface CompareOptions extends OwnOptions, CiReports, CellOptions {
  readonly runs: number
  readonly seed: number
  readonly jobs: number
  readonly json?: boolean
  readonly save: string
  readonly random?: boolean
  readonly exhaustive?: boolean
  readonly architectures?: boolean
  readonly scope?: string
  readonly time?: number
  readonly states?: number
  readonly memory?: number
  readonly design?: readonly string[]
  readonly cost?: Workload
}
