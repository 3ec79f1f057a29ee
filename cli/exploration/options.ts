import type { CellOptions } from '../options/cells.js'
import type { CiReports } from '../options/ci-reports.js'
import type { MachineOptions } from '../options/machines.js'
import type { OwnOptions } from '../options/own.js'
import type { GraphOptions } from './graphs.js'

/** What the command line of `explore` says. */
export interface ExploreCommandOptions extends MachineOptions, OwnOptions, GraphOptions, CiReports, CellOptions {
  readonly states?: number
  readonly memory?: number
  readonly time?: number
  readonly workers: number
  readonly symmetry?: boolean
  readonly reduce?: boolean
  readonly compress?: boolean
  readonly fields?: boolean
  readonly resume?: boolean
  readonly every: number
  readonly checkpoints: string
  readonly json?: boolean
  readonly save: string
  readonly random?: boolean
  readonly seed: number
}
