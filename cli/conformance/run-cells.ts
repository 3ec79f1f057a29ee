import { ok, type Result, refuse } from '../../base/result.js'
import { openDesign } from '../../conform/design-run/run.js'
import type { Hello } from '../../conform/protocol/messages.js'
import { isTargetFailure, type OpenTarget, startFailureText, type Target } from '../../conform/protocol/target.js'
import { type Design, type Driver, fullName } from '../../designs/index.js'
import { type DesignRunCell, designRunCellSchema } from '../../report/json/design-run-cell.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { type Cell, type CellPlan, keysOf } from '../../search/cells/cell.js'
import { type CellReport, shownAs } from '../../search/cells/report.js'
import { type BuiltMachine, setupText } from '../../search/machine-config.js'
import type { FoundTarget } from '../options/found-target.js'
import { version } from '../version.js'
import { needOf, targetIdentity } from './cells.js'
import { defaultPlatform, modelJob } from './design-run.js'

/** Runs of a cell, at most: enough that the time of a call is learned, with which races are aimed. */
const blockSize = 5

/** What is run, whatever the driver. */
export interface RunAsked {
  readonly design: Design
  readonly platform?: string | undefined
  readonly runs: number
  readonly length: number
  readonly seed: number
  readonly timeout?: number | undefined
  readonly catalogue: Catalogue
}

/** A driver with the target that it is run on, which has said hello. */
export interface DriverOn {
  readonly driver: Driver
  readonly target: FoundTarget
  readonly hello: Hello
  readonly platform: string
  readonly machine: BuiltMachine
  /** Opens the target. The first time it may be the process that said hello. */
  readonly open: OpenTarget
  /** Ends the process that said hello, if it was not opened again. */
  readonly close: () => Promise<void>
}

/** What a cell of `run` asks: the model, or the implementation some runs. */
export interface RunPart {
  readonly on: DriverOn
  /** Undefined for the model. */
  readonly block: { readonly from: number; readonly runs: number } | undefined
}

export interface RunPlan {
  readonly plan: CellPlan
  /** In the order of the plan's cells. */
  readonly parts: readonly RunPart[]
}

/** Starts a target to hear its hello. @param keeps whether the process waits to be opened again */
export async function helloOf(
  { driver, target, keeps }: { readonly driver: Driver; readonly target: FoundTarget; readonly keeps: boolean },
  asked: RunAsked,
): Promise<Result<DriverOn>> {
  const first = await target.open()
  if (isTargetFailure(first)) return refuse(startFailureText(first))
  const { hello } = first
  const platform = asked.platform ?? target.named.platform ?? hello.platform ?? defaultPlatform
  const machine = openDesign({ ...asked, driver, platform }, platform)
  if (!machine.ok || !keeps) await first.close()
  if (!machine.ok) return machine
  let waiting: Target | undefined = keeps ? first : undefined
  const taken = () => {
    const started = waiting
    waiting = undefined
    return started
  }
  const open = async () => taken() ?? (await target.open())
  return ok({ driver, target, hello, platform, machine: machine.value, open, close: async () => taken()?.close() })
}

/** The work of a run as cells: of each driver one that asks the model, then some runs each on the implementation. */
export function runCells(all: readonly DriverOn[], asked: RunAsked): RunPlan {
  const { design, catalogue, length, seed, runs, timeout = null } = asked
  const base = { command: 'run', version: version() } as const
  const keyOf = keysOf({ ...base, catalogue })
  const blocks = Array.from({ length: Math.ceil(runs / blockSize) }, (_, at) => {
    return { from: at * blockSize, runs: Math.min(blockSize, runs - at * blockSize) }
  })
  const parts = all.flatMap((on): RunPart[] => [undefined, ...blocks].map((block) => ({ on, block })))
  const cells = parts.map(({ on, block }): Cell => {
    const { driver, target, hello, platform, machine } = on
    const name = [fullName(design), driver.name]
    if (block === undefined) {
      const { setup, properties, options } = modelJob(machine, { ...asked, driver }, platform)
      const key = keyOf(['model', setupText(setup), properties, options])
      return { key, title: [...name, `the model of ${platform}`].join(' · '), needs: 'drawn' }
    }
    const drawn = [length, seed + block.from, block.runs]
    const key = keyOf([targetIdentity(target), hello, platform, timeout, name, drawn])
    const which = `runs ${block.from + 1} to ${block.from + block.runs}`
    return { key, title: [...name, hello.name, which].join(' · '), needs: needOf(target) }
  })
  return { plan: { ...base, cells }, parts }
}

/** What is kept of a cell that asked the implementation. @param isOpen whether ^C came first */
export function runReport(cell: DesignRunCell, isOpen: boolean): CellReport {
  const { divergence, target, observes } = cell
  // what races lose differs from run to run, so two results may differ in their counts
  const decides = JSON.stringify([target, observes, divergence !== null])
  return { isOpen, states: cell.runs, decides, fails: fails(cell), shown: JSON.parse(JSON.stringify(cell)) }
}

/** Whether a reply was wrong, or DMA was lost. */
export function fails({ divergence, counts: { dma, race, changed } }: DesignRunCell): boolean {
  const lost = [dma.shared, ...Object.values(race)].some(({ blocked }) => blocked > 0)
  const astray = [...Object.values(dma), ...Object.values(race)].some(({ elsewhere }) => elsewhere > 0)
  return divergence !== null || lost || astray || changed > 0
}

/** What a stored report holds of a run on an implementation; undefined if it is not of one. */
export const designRunFrom = (report: CellReport | undefined): DesignRunCell | undefined =>
  shownAs(designRunCellSchema, report)
