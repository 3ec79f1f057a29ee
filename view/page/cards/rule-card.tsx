import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { PageData, ShownRun, ShownStep } from '../../data.js'
import type { PageView } from '../view.ts'

/** Steps that the card of a rule lists, at most. */
const maxListed = 20

/** The id of a rule, which leads to its text; plain where the page has no such rule. */
export function RuleLink({ id, view }: { readonly id: string; readonly view: PageView }) {
  if (!view.data.rules.some(([known]) => known === id)) return <code>{id}</code>
  return (
    <button type="button" class="rule-link" onClick={() => view.go({ rule: id })}>
      <code>{id}</code>
    </button>
  )
}

const forces: Readonly<Record<string, string>> = {
  must: 'It binds every implementation.',
  may: 'It leaves a choice open: both ways are modelled.',
}

/** The chosen rule: its sentence, its source and the place in it, and the steps that it is behind. */
export function RuleCard({ view }: { readonly view: PageView }) {
  const { rule: id } = view.place
  const rule = view.data.rules.find(([known]) => known === id)?.[1]
  if (id === undefined || rule === undefined) return null
  return <Chosen key={id} id={id} rule={rule} view={view} />
}

interface ChosenProps {
  readonly id: string
  readonly rule: PageData['rules'][number][1]
  readonly view: PageView
}

function Chosen({ id, rule, view }: ChosenProps) {
  const box = useRef<HTMLElement>(null)
  const opener = useRef<Element | null>(null)
  useEffect(() => {
    opener.current = document.activeElement
    box.current?.focus()
    box.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  const close = () => {
    view.go({ rule: undefined })
    if (opener.current instanceof HTMLElement) opener.current.focus()
  }
  return (
    <section
      class="rule-card"
      ref={box}
      tabIndex={-1}
      aria-label={`Rule ${id}`}
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <header>
        <h2>
          <code>{id}</code>
        </h2>
        <button type="button" onClick={close}>
          Close the rule
        </button>
      </header>
      <RuleText id={id} rule={rule} view={view} />
    </section>
  )
}

function RuleText({ id, rule, view }: ChosenProps) {
  return (
    <>
      <p>{rule.statement}</p>
      <p class="says">{forces[rule.force] ?? rule.force}</p>
      <dl>
        <dt>Source</dt>
        <dd>{rule.source}</dd>
        <dt>Place</dt>
        <dd>{rule.at}</dd>
        {view.data.runs.map((run, index) => (
          <Uses key={index} id={id} run={run} view={view} />
        ))}
        <dt>More</dt>
        <dd>
          <code>npx dmaproof explain {id}</code>
        </dd>
      </dl>
    </>
  )
}

interface UsesProps {
  readonly id: string
  readonly run: ShownRun
  readonly view: PageView
}

/** The steps and the properties of a run that rest on a rule. */
function Uses({ id, run, view }: UsesProps) {
  const steps = useMemo(() => stepsOn(id, run, view.data), [id, run, view.data])
  const properties = typeof run.replay === 'object' ? run.replay.properties : []
  const judged = properties.filter(({ clauses }) => clauses.includes(id)).map(({ name }) => name)
  const of = view.data.runs.length > 1 ? ` of ${run.name}` : ''
  return (
    <>
      <dt>Steps{of}</dt>
      <dd class="uses">
        {steps.length === 0 && 'none of them rests on it'}
        {steps.slice(0, maxListed).map((number) => (
          <button key={number} type="button" onClick={() => view.go({ step: number })}>
            {number}: {run.steps[number - 1]?.text}
          </button>
        ))}
        {steps.length > maxListed && `and ${steps.length - maxListed} more: search for ${id}`}
      </dd>
      {judged.length > 0 && <dt>Clause of</dt>}
      {judged.length > 0 && <dd>{judged.join(', ')}</dd>}
    </>
  )
}

/** Numbers of the steps that a rule is behind, decides, or would have allowed a reply of. */
function stepsOn(id: string, { steps }: ShownRun, { kinds }: PageData): number[] {
  const behind = new Map(kinds.map(([kind, { rules }]) => [kind, rules.includes(id)]))
  const rests = ({ kind, rule, allowed = [] }: ShownStep) =>
    behind.get(kind) === true || rule === id || allowed.some(({ rules }) => rules.includes(id))
  return steps.flatMap((step, index) => (rests(step) ? [index + 1] : []))
}
