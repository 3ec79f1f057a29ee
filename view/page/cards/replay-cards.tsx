import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { ShownProperty, ShownReplay, ShownRun } from '../../data.js'
import type { PageView } from '../view.ts'
import { RuleLink } from './rule-card.tsx'

interface ReplayProps {
  readonly run: ShownRun
  readonly index: number
  readonly view: PageView
}

const lineId = (index: number, line: number): string => `plan-${index}-${line}`

interface LineOfPlanProps {
  readonly run: ShownRun
  readonly number: number
  readonly index: number
}

/** Leads from a step to the line of the design's plan that it carries out. */
export function LineOfPlan({ run: { replay }, number, index }: LineOfPlanProps) {
  if (typeof replay !== 'object') return null
  const line = replay.steps[number - 1]?.line
  const [, text] = replay.plan[line ?? -1] ?? []
  if (line === undefined || text === undefined) return null
  const heading = replay.plan.slice(0, line).findLast(([depth]) => depth === 0)?.[1]
  const show = () => {
    const row = document.getElementById(lineId(index, line))
    row?.scrollIntoView({ block: 'center' })
    row?.querySelector('button')?.focus()
  }
  return (
    <p class="jumps">
      <span>
        Its line in the plan{heading === undefined ? '' : ` ${heading}`}:{' '}
        <button type="button" onClick={show}>
          {text}
        </button>
      </span>
    </p>
  )
}

/** What else was possible in the place of a step. */
export function Possible({ run: { replay }, number }: { readonly run: ShownRun; readonly number: number }) {
  if (typeof replay !== 'object') return null
  const possible = replay.steps[number - 1]?.possible
  if (possible === undefined) return null
  if (possible.length === 0) return <p class="says">Nothing else was possible here.</p>
  return (
    <details>
      <summary>
        Instead of this step: {possible.length} other {possible.length === 1 ? 'action was' : 'actions were'} possible
      </summary>
      <ul class="others">
        {possible.map((one) => (
          <li key={one}>
            <code>{replay.actions[one]}</code>
          </li>
        ))}
      </ul>
    </details>
  )
}

/** The state of each property after the present step, or why the model does not say it. */
export function PropertiesCard({ run, index, view }: ReplayProps) {
  const { replay } = run
  if (replay === undefined) return null
  if (typeof replay === 'string') {
    return (
      <p class="none">
        No states of properties, no plan and no other actions: the model does not take this run. {replay}
      </p>
    )
  }
  const step = Math.min(view.place.step, run.steps.length)
  return (
    <section class="card" aria-label={`Properties of run ${index + 1}`}>
      <h3>Properties</h3>
      <table class="properties">
        <tbody>
          {replay.properties.map((property) => (
            <PropertyRow key={property.name} property={property} step={step} view={view} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface PropertyProps {
  readonly property: ShownProperty
  readonly step: number
  readonly view: PageView
}

function PropertyRow({ property, step, view }: PropertyProps) {
  const { name, statement, clauses, notApplicable, witness, seenAt, history } = property
  const now = history.findLast(({ number }) => number <= step)
  const isSeen = seenAt !== undefined && seenAt <= step
  const state = notApplicable !== undefined ? 'not applicable' : now?.why === undefined ? 'holds' : 'violated'
  return (
    <tr class={state === 'violated' ? 'broken' : state === 'holds' ? '' : 'apart'}>
      <th scope="row" class="name" title={statement}>
        {name}
      </th>
      <td class="verdict">{state}</td>
      <td class="said">
        {state === 'not applicable' && notApplicable}
        {state === 'holds' && (
          <span class="says" title={`clauses: ${clauses.join(', ')}`}>
            {isSeen ? `with all that it is about seen by step ${seenAt}` : `not seen yet: ${witness}`}
          </span>
        )}
        {now?.why !== undefined && (
          <>
            {now.number === 0 ? (
              'from the start'
            ) : now.number === step ? (
              'by this step'
            ) : (
              <StepButton step={now.number} view={view} />
            )}
            : {now.why}, by the clause of {now.rule !== undefined && <RuleLink id={now.rule} view={view} />}
            <Statement id={now.rule} view={view} />
          </>
        )}
      </td>
    </tr>
  )
}

function Statement({ id, view }: { readonly id: string | undefined; readonly view: PageView }) {
  const rule = view.data.rules.find(([known]) => known === id)?.[1]
  return rule === undefined ? null : <span class="source">{rule.statement}</span>
}

function StepButton({ step, view }: { readonly step: number; readonly view: PageView }) {
  return (
    <button type="button" onClick={() => view.go({ step })}>
      {step === 0 ? 'from the start' : `since step ${step}`}
    </button>
  )
}

/** The plans of the design, with the line of the present step, and of the step to which each vCPU comes next. */
export function PlanCard({ run, index, view }: ReplayProps) {
  const { replay } = run
  const isShown = typeof replay === 'object' && replay.plan.length > 0
  return isShown ? (
    <Plan replay={replay} step={Math.min(view.place.step, run.steps.length)} index={index} view={view} />
  ) : null
}

interface PlanProps {
  readonly replay: ShownReplay
  readonly step: number
  readonly index: number
  readonly view: PageView
}

function Plan({ replay, step, index, view }: PlanProps) {
  const { plan, steps, start } = replay
  const box = useRef<HTMLDivElement>(null)
  const here = steps[step - 1]?.line
  const next = step === 0 ? start : (steps[step - 1]?.next ?? [])
  const takers = useMemo(() => takersOf(replay), [replay])
  const inSight = here ?? next.find((line) => line !== null)
  useEffect(() => keepInSight(box.current, inSight ?? undefined), [inSight])
  return (
    <section class="card" aria-label={`Plan of run ${index + 1}`}>
      <h3>The design's plan</h3>
      {/* The box scrolls, so that the keyboard has to reach it. */}
      <section class="plan" ref={box} tabIndex={0} aria-label={`Lines of the plan of run ${index + 1}`}>
        <ol>
          {plan.map(([depth, text], line) => (
            <li
              key={line}
              id={lineId(index, line)}
              class={line === here ? 'here' : depth === 0 ? 'head' : ''}
              aria-current={line === here ? 'step' : undefined}
              style={{ paddingLeft: `${depth * 16 + 6}px` }}
            >
              <PlanText text={text} takers={takers.get(line) ?? []} step={step} view={view} />
              {next.flatMap((at, vcpu) => (at === line ? [<Next key={vcpu} vcpu={vcpu} />] : []))}
            </li>
          ))}
        </ol>
      </section>
    </section>
  )
}

const Next = ({ vcpu }: { readonly vcpu: number }) => <span class="tag">vCPU {vcpu} next</span>

interface PlanTextProps {
  readonly text: string
  /** Numbers of the steps that carry the line out. */
  readonly takers: readonly number[]
  readonly step: number
  readonly view: PageView
}

/** A line that the run carries out leads to the next step that does. */
function PlanText({ text, takers, step, view }: PlanTextProps) {
  const [first] = takers
  if (first === undefined) return <code>{text}</code>
  const next = takers.find((number) => number > step) ?? first
  return (
    <button type="button" title={`step ${takers.slice(0, 20).join(', ')}`} onClick={() => view.go({ step: next })}>
      <code>{text}</code>
    </button>
  )
}

function takersOf({ steps }: ShownReplay): Map<number, number[]> {
  const takers = new Map<number, number[]>()
  for (const [index, { line }] of steps.entries()) {
    if (line === undefined) continue
    const known = takers.get(line)
    if (known === undefined) takers.set(line, [index + 1])
    else known.push(index + 1)
  }
  return takers
}

function keepInSight(box: HTMLElement | null, line: number | undefined): void {
  const row = line === undefined ? undefined : box?.querySelectorAll('li')[line]
  if (box === null || row === undefined) return
  const top = row.offsetTop
  if (top < box.scrollTop + 24 || top > box.scrollTop + box.clientHeight - 48) box.scrollTop = top - 72
}
