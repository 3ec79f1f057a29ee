import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { type Cell, type CellPlan, keysOf } from '../../search/cells/cell.js'
import type { Job } from '../../search/jobs/job.js'
import { setupText } from '../../search/machine-config.js'
import { version } from '../version.js'
import type { ComparePlan } from './plan.js'

/** The work of a comparison as cells: one a job, in the order of the jobs. */
export function comparisonCells({ jobs, asks }: ComparePlan, catalogue: Catalogue): CellPlan {
  const base = { command: 'compare', version: version() } as const
  const keyOf = keysOf({ ...base, catalogue })
  const cells = jobs.map((job, index): Cell => {
    const asked = asks[index]
    const needs = job.exhaustive === undefined ? 'drawn' : 'exhaustive'
    const cell = { key: keyOf([askedBy(job), asked ?? null]), title: titleOf(job), needs } as const
    return asked === undefined ? cell : { ...cell, asks: asked }
  })
  return { ...base, cells }
}

/** What decides the answer of a job: its drawn runs, where it draws some. */
function askedBy({ setup, properties, options, exhaustive }: Job): unknown {
  const { seed, runs, length } = options
  const drawn = exhaustive === undefined || exhaustive.draws ? { seed, runs, length } : null
  const states =
    exhaustive === undefined ? null : { platforms: exhaustive.platforms, states: exhaustive.states ?? null }
  return { setup: setupText(setup), properties, drawn, states }
}

function titleOf({ setup, properties, exhaustive }: Job): string {
  const { backing = 'separate' } = setup.scope
  const [platform = setup.platform, ...others] = exhaustive?.platforms ?? []
  const on = others.length === 0 ? platform : `${platform} and ${others.length} more`
  const [first = '', ...rest] = properties
  const asks = rest.length === 0 ? first : `${first} and ${rest.length} more`
  return [setup.design, setup.driver, backing, on, asks].join(' · ')
}
