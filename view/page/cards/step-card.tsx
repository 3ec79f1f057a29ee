import type { ShownChange, ShownReply, ShownRule, ShownRun, ShownStep } from '../../data.js'
import { type ChangedCell, type IndexedRun, rowName } from '../run-index.ts'
import type { PageView } from '../view.ts'
import { LineOfPlan, Possible } from './replay-cards.tsx'
import { RuleLink } from './rule-card.tsx'

/** Changes that a card lists, at most. */
const maxListed = 40

interface StepCardProps {
  readonly indexed: IndexedRun
  readonly index: number
  readonly view: PageView
}

/** The present step: what was done, what came of it, and by which rules. */
export function StepCard({ indexed, index, view }: StepCardProps) {
  const { run, changes } = indexed
  const number = Math.min(view.place.step, run.steps.length)
  const step = run.steps[number - 1]
  if (step === undefined) {
    return (
      <section class="card" aria-label={`Step of run ${index + 1}`}>
        <h3>
          The start
          {run.taken === 0 && <span class="tag violation">the run ends: {run.end}</span>}
        </h3>
        <p>{run.start}</p>
      </section>
    )
  }
  const kind = new Map(view.data.kinds).get(step.kind)
  return (
    <section class="card" aria-label={`Step of run ${index + 1}`}>
      <h3>
        Step {number} · {run.actors[step.actor]}
        {number > run.taken && <span class="tag">fair continuation</span>}
        {number === run.taken && <span class="tag violation">the run ends: {run.end}</span>}
      </h3>
      <p class="action">
        <code>{step.text}</code>
      </p>
      {kind !== undefined && <p class="says">{kind.says}</p>}
      <Outcome step={step} view={view} />
      <LineOfPlan run={run} number={number} index={index} />
      {step.allowed !== undefined && <Allowed replies={step.allowed} />}
      <Changes run={run} cells={changes.get(number) ?? []} index={index} view={view} />
      <Others others={step.others} />
      <Possible run={run} number={number} />
      <Rules ids={rulesOf(step, kind?.rules ?? [])} view={view} />
    </section>
  )
}

interface OutcomeProps {
  readonly step: ShownStep
  readonly view: PageView
}

function Outcome({ step: { outcome, rule, facts }, view }: OutcomeProps) {
  return (
    <ul class="facts">
      {outcome !== 'ok' && (
        <li class="failed">
          Ends with <code>{outcome}</code>
          {rule !== undefined && (
            <>
              , by <RuleLink id={rule} view={view} />
            </>
          )}
        </li>
      )}
      {facts.map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  )
}

function Allowed({ replies }: { readonly replies: readonly ShownReply[] }) {
  return (
    <div>
      <h4>The model allows</h4>
      <ul>
        {replies.map(({ platform, reply, why }) => (
          <li key={platform + reply}>
            <code>{reply}</code> on {platform}: {why}
          </li>
        ))}
      </ul>
    </div>
  )
}

interface ChangesProps {
  readonly run: ShownRun
  readonly cells: readonly ChangedCell[]
  readonly index: number
  readonly view: PageView
}

function Changes({ run: { map }, cells, index, view }: ChangesProps) {
  if (map === undefined || cells.length === 0) return null
  return (
    <div>
      <h4>Changes in the map</h4>
      <ul class="changes">
        {cells.slice(0, maxListed).map(({ row, layer, at }) => {
          const history = map.histories[row]?.[layer] ?? []
          const [before, after] = [history[at - 1], history[at]]
          return (
            <li key={`${row}.${layer}`}>
              <button type="button" onClick={() => view.go({ cell: { run: index, row, layer } })}>
                {map.layers[layer]?.title} of {rowName(map.rows[row] ?? { first: row, count: 1 })}
              </button>{' '}
              {before?.[1]}
              {marked(before?.[2])} →{' '}
              <strong>
                {after?.[1]}
                {marked(after?.[2])}
              </strong>
            </li>
          )
        })}
        {cells.length > maxListed && <li>and {cells.length - maxListed} more</li>}
      </ul>
    </div>
  )
}

const marked = (marks = 0): string => `${(marks & 1) !== 0 ? ' (stale)' : ''}${(marks & 2) !== 0 ? ' ⚠' : ''}`

function Others({ others }: { readonly others: readonly ShownChange[] }) {
  if (others.length === 0) return null
  return (
    <details>
      <summary>
        Other state: {others.length} {others.length === 1 ? 'change' : 'changes'}
      </summary>
      <ul class="others">
        {others.slice(0, maxListed).map(([view, first, last, before, after]) => (
          <li key={`${view}${first}`}>
            <code>
              {view}[{first === last ? first : `${first}..${last}`}]
            </code>{' '}
            {before} → {after}
          </li>
        ))}
      </ul>
    </details>
  )
}

const rulesOf = ({ rule, allowed = [] }: ShownStep, behind: readonly string[]): string[] => [
  ...new Set([...(rule === undefined ? [] : [rule]), ...allowed.flatMap((one) => one.rules), ...behind]),
]

function Rules({ ids, view }: { readonly ids: readonly string[]; readonly view: PageView }) {
  const rules: ReadonlyMap<string, ShownRule> = new Map(view.data.rules)
  if (ids.length === 0) return null
  return (
    <div>
      <h4>Rules</h4>
      <dl class="rules">
        {ids.map((id) => {
          const rule = rules.get(id)
          return (
            <div key={id}>
              <dt>
                <RuleLink id={id} view={view} />
              </dt>
              <dd>
                {rule?.statement}
                {rule !== undefined && (
                  <span class="source">
                    {rule.source}: {rule.at}
                  </span>
                )}
              </dd>
            </div>
          )
        })}
      </dl>
    </div>
  )
}
