import type { JudgedCell } from '../../report/text/compare/comparison.js'
import type { Judged } from '../../report/text/judged.js'
import { saveVerdicts } from '../../search/archive/save.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import type { SearchedJobs } from '../../search/jobs/search-jobs.js'
import type { Share } from '../options/cells.js'
import { searchAll } from '../search-all.js'
import type { Io } from '../terminal/io.js'
import type { CompareOptions } from './options.js'
import { type ComparePlan, inTime } from './plan.js'

/** What one process searched of a comparison. */
export interface SearchedComparison extends Pick<SearchedJobs, 'result' | 'ended'> {
  /** The cells of this process, in the order of the plan. */
  readonly cells: readonly JudgedCell[]
  /** How many of them were not known before. */
  readonly planned: number
}

/** Searches what is of this process and not known yet. */
export async function searchShare(
  io: Io,
  plan: ComparePlan,
  share: Share,
  { jobs: threads, save: folder }: CompareOptions,
  catalogue: Catalogue,
): Promise<SearchedComparison> {
  const mine = share.mine()
  const open = mine.filter((index) => share.known(index) === undefined)
  const jobs = open.flatMap((index) => plan.jobs[index] ?? [])
  const onJudged = (at: number, judged: readonly Judged[]) => share.keep(open[at] ?? -1, judged)
  const onTurn = inTime(jobs, plan.seconds, threads)
  const search = { jobs: threads, folder, title: 'compare', catalogue, onTurn, onJudged }
  const { judged, result, ended } = await searchAll(io, jobs, search)
  const cells = mine.map((index): JudgedCell => {
    const known = share.known(index)
    const found = known === undefined ? judged[open.indexOf(index)] : saveVerdicts(known.verdicts, folder)
    const asks = plan.asks[index]
    return { ...(asks === undefined ? {} : { asks }), judged: found ?? [] }
  })
  return { cells, result, ended, planned: open.length }
}
