import { counted } from '../../base/plural.js'
import type { SavedVerdict } from '../archive/save.js'
import { leastSearched, violatingPart } from '../random/unseen.js'
import { emptyVerdict, type FoundConfiguration, type Verdict, type VerdictName } from '../verdict.js'
import { catalogueOf, type DesignQuestion, plainSetup } from './machines.js'

/** What one search of a check said. */
export interface Searched {
  readonly question: DesignQuestion
  /** The name of the configuration. */
  readonly configuration: string
  readonly judged: readonly SavedVerdict[]
}

/**
 * One verdict a question and property: the violation in the first configuration that has one, else what all searches
 * say together.
 */
export function summarise(questions: readonly DesignQuestion[], searched: readonly Searched[]): SavedVerdict[] {
  return questions.flatMap((question) => {
    const mine = searched.filter((one) => one.question === question)
    return catalogueOf(question).properties.flatMap(({ name }) => together(question, name, mine))
  })
}

function together(question: DesignQuestion, property: string, searched: readonly Searched[]): SavedVerdict[] {
  const judged = searched.flatMap(({ configuration, judged: all }) =>
    all.filter(({ verdict }) => verdict.property === property).map((one) => ({ configuration, one })),
  )
  const decides = rank.map((name) => judged.find(({ one }) => one.verdict.verdict === name)).find((found) => found)
  if (decides === undefined) return []
  const { configuration, one } = decides
  const configurations = new Set(judged.map((each) => each.configuration)).size
  const isPlain = configurations === 1 && configuration === 'plain'
  if (isPlain && judged.length === 1) return [one]
  const runs = judged.reduce((sum, each) => sum + each.one.verdict.runs, 0)
  const verdict = withUnseen(one.verdict, judged)
  const where = isPlain ? '' : ` in ${counted(configurations, 'configuration')}`
  const why = verdict.verdict === 'none-found' ? `none in ${counted(runs, 'run')}${where}` : verdict.why
  const found = isPlain ? {} : { found: { configuration, configurations, asked: askedOf(question) } }
  return [{ ...one, verdict: { ...verdict, why, runs, ...found } }]
}

interface Place {
  readonly configuration: string
  readonly one: SavedVerdict
}

/** The same verdict with the figures of the configuration that was searched least, if it is *none-found*. */
function withUnseen({ unseen: _, ...verdict }: Verdict, judged: readonly Place[]): Verdict {
  if (verdict.verdict !== 'none-found') return verdict
  const names = [...new Set(judged.map(({ configuration }) => configuration))]
  const figures = names.flatMap((configuration) => {
    const mine = judged.filter((each) => each.configuration === configuration)
    const [most] = mine.flatMap(({ one }) => one.verdict.unseen ?? []).sort((a, b) => b.runs - a.runs)
    if (most === undefined) return []
    const runs = mine.reduce((sum, { one }) => sum + one.verdict.runs, 0)
    return [{ unseen: { ...most, configuration, runs, violating: violatingPart(runs) } }]
  })
  const least = leastSearched(figures)
  if (least === undefined) return verdict
  return { ...verdict, unseen: { ...least.unseen, unsaid: names.length - figures.length } }
}

/** What one search says decides for all, in this order. */
const rank: readonly VerdictName[] = ['violated', 'inconclusive', 'none-found', 'vacuous', 'not-applicable']

function askedOf(question: DesignQuestion): FoundConfiguration['asked'] {
  const { guest, lock, scope, platform } = emptyVerdict(
    plainSetup(question),
    catalogueOf(question).properties[0],
    'none-found',
    '',
    0,
  )
  return { guest, lock, scope, platform }
}
