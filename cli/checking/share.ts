import { fullName } from '../../designs/index.js'
import type { Judged } from '../../report/text/judged.js'
import { saveVerdicts } from '../../search/archive/save.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { type Cell, type CellPlan, keysOf } from '../../search/cells/cell.js'
import type { ConfigurationName } from '../../search/check/configurations.js'
import type { DesignQuestion } from '../../search/check/machines.js'
import type { Share } from '../options/cells.js'
import type { Io } from '../terminal/io.js'
import { version } from '../version.js'
import { Check, type CheckBounds, type CheckEnd } from './check.js'

/** What is checked, and where. */
export interface Asked {
  readonly questions: readonly DesignQuestion[]
  readonly configurations: readonly ConfigurationName[]
  readonly catalogue: Catalogue
}

/** The work of a check as cells: one a design, driver and backing. */
export function checkCells({ questions, configurations, catalogue }: Asked, bounds: CheckBounds): CellPlan {
  const base = { command: 'check', version: version() } as const
  const keyOf = keysOf({ ...base, catalogue })
  const { seed, length, runs = null, time = null, shrink = true } = bounds
  const cells = questions.map((question): Cell => {
    const { design, driver, backing, scope, platform, parts, lock = null, properties } = question
    const machine = [fullName(design), driver, backing, scope, platform, parts, lock]
    const title = [fullName(design), driver, backing, platform].join(' · ')
    return {
      key: keyOf([machine, properties, configurations, { seed, length, runs, time, ...(shrink ? {} : { shrink }) }]),
      title,
      needs: 'drawn',
    }
  })
  return { ...base, cells }
}

/** What one process found, with what was known before. */
export interface CheckedShare extends Pick<CheckEnd, 'result' | 'searches' | 'ended' | 'coverage' | 'unbegun'> {
  readonly judged: readonly Judged[]
  /** Questions that were not known before. */
  readonly planned: number
}

/** Checks the cells of this process's shard that have no stored result. An interrupted check stores none. */
export async function checkShare(
  io: Io,
  { questions, configurations, catalogue }: Asked,
  bounds: CheckBounds,
  share: Share,
): Promise<CheckedShare> {
  const mine = share.mine()
  const open = mine.filter((index) => share.known(index) === undefined)
  const asked = open.flatMap((index) => questions[index] ?? [])
  const { judged, ...rest } = await new Check(io, asked, configurations, bounds, catalogue).run()
  if (rest.result.ended === 'all') for (const [at, index] of open.entries()) share.keep(index, judged[at] ?? [])
  const found = mine.flatMap((index) => {
    const known = share.known(index)
    return known === undefined ? (judged[open.indexOf(index)] ?? []) : saveVerdicts(known.verdicts, bounds.save)
  })
  return { ...rest, judged: found, planned: open.length }
}
