import { Fragment } from 'preact'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { PageData, ShownRun } from '../data.js'
import { CellCard } from './cards/cell-card.tsx'
import { PlanCard, PropertiesCard } from './cards/replay-cards.tsx'
import { RuleCard, RuleLink } from './cards/rule-card.tsx'
import { StepCard } from './cards/step-card.tsx'
import { Controls } from './controls.tsx'
import { keyActions } from './keys.ts'
import { PageMap } from './page-map.tsx'
import { type ReaderPlace, readPlace, type Start, writePlace } from './place.ts'
import { firstDifference, type IndexedRun, indexOf, matches, violatedCell } from './run-index.ts'
import { Timeline } from './timeline.tsx'
import type { PageView } from './view.ts'

/** Milliseconds between two steps while the run plays. */
const beat = 700
/** Milliseconds after which the address follows: browsers refuse to change it many times a second. */
const settled = 150

/** The first difference, or the violation, with the cell that it is about. */
function startOf({ runs: [run] }: PageData, difference: number | undefined): Start {
  if (run === undefined) return { step: 0 }
  const cell = difference === undefined || difference === run.taken ? violatedCell(run) : undefined
  return { step: difference ?? run.taken, ...(cell && { cell: { run: 0, ...cell } }) }
}

export function App({ data }: { readonly data: PageData }) {
  const runs = useMemo(() => data.runs.map(indexOf), [data])
  const difference = useMemo(() => firstDifference(data.runs), [data])
  const last = Math.max(0, ...data.runs.map(({ steps }) => steps.length))
  const start = useMemo((): Start => startOf(data, difference), [data, difference])
  const { place, latest, go } = usePlace(last, start)
  const found = useMemo(
    () => new Set(runs.flatMap((run) => matches(run, place.query, data))),
    [runs, data, place.query],
  )
  const [isPlaying, setPlaying] = useState(false)
  const loop = data.runs.find((run) => run.loop !== undefined)?.loop
  const walk = walker(runs, latest, last, go)
  usePlay(isPlaying, setPlaying, () => {
    if (walk(1)) return true
    if (loop !== undefined) go({ step: loop })
    return loop !== undefined
  })
  const view: PageView = { data, place, go, found, difference }
  useKeys(view, walk, last, () => setPlaying((now) => !now))
  return (
    <main class={data.runs.length > 1 ? 'beside' : ''}>
      <Controls view={view} walk={walk} last={last} isPlaying={isPlaying} play={setPlaying} />
      {difference !== undefined && <Difference view={view} number={difference} />}
      <RuleCard view={view} />
      <div class="runs">
        {runs.map((run, index) => (
          <RunView key={index} indexed={run} index={index} view={view} />
        ))}
      </div>
    </main>
  )
}

function RunView({
  indexed,
  index,
  view,
}: {
  readonly indexed: IndexedRun
  readonly index: number
  readonly view: PageView
}) {
  const { run } = indexed
  const isAlone = view.data.runs.length === 1
  // Two maps are to be in sight at once, so that the plans stand below them.
  const plan = <PlanCard run={run} index={index} view={view} />
  return (
    <section class="run" aria-label={`Run ${index + 1}: ${run.name}`}>
      <RunHeader run={run} view={view} />
      <div class="panels">
        <div class="course">
          <Timeline run={run} index={index} view={view} />
          {isAlone && plan}
        </div>
        <div class="state">
          {run.map === undefined ? (
            <p class="none">{whyNoMap(view)}</p>
          ) : (
            <PageMap indexed={indexed} index={index} view={view} />
          )}
          <CellCard run={run} index={index} view={view} />
          <StepCard indexed={indexed} index={index} view={view} />
          <PropertiesCard run={run} index={index} view={view} />
          {!isAlone && plan}
        </div>
      </div>
    </section>
  )
}

/** How a map of what is right leads to what is wrong. */
const framedSays =
  'By its framed cells, the model lets the DMA through or blocks it: ' +
  '"Why is this so?" leads to the call to look at in the implementation.'

function whyNoMap({ data }: PageView): string {
  const other = data.runs.find(({ map }) => map !== undefined)
  if (other === undefined) return 'No state was recorded of this run.'
  const said = 'Only the replies of this run are known: what its tables and caches hold is not seen.'
  const framed = other.page === undefined ? '' : ` ${framedSays}`
  return `${said} The map is that of ${other.name}.${framed}`
}

function RunHeader({ run, view }: { readonly run: ShownRun; readonly view: PageView }) {
  const rule = new Map(view.data.rules).get(run.broken ?? '')
  return (
    <header>
      <h2>
        {run.property} <span class="file">{run.name}</span>
      </h2>
      <p class="why">{run.why}</p>
      <p class="about">
        {run.about}
        {run.broken !== undefined && (
          <>
            {' '}
            · breaks <RuleLink id={run.broken} view={view} />
          </>
        )}
        {rule !== undefined && <span>: {rule.statement}</span>}
      </p>
    </header>
  )
}

function Difference({ view, number }: { readonly view: PageView; readonly number: number }) {
  const steps = view.data.runs.map(({ name, steps }) => ({ name, step: steps[number - 1] }))
  const said = steps.map(({ step }) => (step === undefined ? [] : [step.text, ...step.facts].join(' · ').split(' ')))
  return (
    <section class="difference" aria-label="First difference">
      <button type="button" onClick={() => view.go({ step: number })}>
        First difference: step {number}
      </button>
      <dl>
        {steps.map(({ name, step }, run) => (
          <div key={run}>
            <dt>{name}</dt>
            <dd>
              {step === undefined ? 'has ended' : <Differing words={said[run] ?? []} others={said[1 - run] ?? []} />}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** A text by its words, of which those that the other one does not have in their place stand out. */
function Differing({ words, others }: { readonly words: readonly string[]; readonly others: readonly string[] }) {
  return (
    <>
      {words.map((word, at) => (
        <Fragment key={at}>
          {at > 0 && ' '}
          {word === others[at] ? word : <mark>{word}</mark>}
        </Fragment>
      ))}
    </>
  )
}

/** The place, which the address follows and which follows the address; `latest` is it before it is drawn. */
function usePlace(last: number, start: Start) {
  const [place, setPlace] = useState(() => readPlace(location.hash, last, start))
  const latest = useRef(place)
  const set = useCallback((next: ReaderPlace) => {
    latest.current = next
    setPlace(next)
  }, [])
  const go = useCallback((change: Partial<ReaderPlace>) => set({ ...latest.current, ...change }), [set])
  useEffect(() => {
    const fragment = writePlace(place)
    const timer = setTimeout(() => {
      if (fragment !== location.hash) history.replaceState(null, '', fragment)
    }, settled)
    return () => clearTimeout(timer)
  }, [place])
  useLayoutEffect(() => {
    const read = () => set(readPlace(location.hash, last, start))
    addEventListener('hashchange', read)
    return () => removeEventListener('hashchange', read)
  }, [set, last, start])
  return { place, latest, go }
}

/** Moves by a step, past those that are hidden, and says whether there was one. */
function walker(
  runs: readonly IndexedRun[],
  latest: { readonly current: ReaderPlace },
  last: number,
  go: PageView['go'],
): (by: 1 | -1) => boolean {
  return (by) => {
    const place = latest.current
    for (let step = place.step + by; step >= 0 && step <= last; step += by) {
      const isShown = step === 0 || runs.some(({ run }) => run.steps[step - 1]?.isSeen)
      if (place.isSeenOnly && !isShown) continue
      go({ step })
      return true
    }
    return false
  }
}

function usePlay(isPlaying: boolean, setPlaying: (now: boolean) => void, next: () => boolean): void {
  useEffect(() => {
    if (!isPlaying) return
    const timer = setTimeout(() => {
      if (!next()) setPlaying(false)
    }, beat)
    return () => clearTimeout(timer)
  })
}

function useKeys(view: PageView, walk: (by: 1 | -1) => boolean, last: number, play: () => void): void {
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => keyActions(event, view, walk, last, play)
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  })
}
