import { useEffect, useState } from 'preact/hooks'
import { parseExpression } from './expression.ts'
import { keyHelp, nextFound } from './keys.ts'
import type { PageView } from './view.ts'

interface ControlsProps {
  readonly view: PageView
  readonly walk: (by: 1 | -1) => boolean
  readonly last: number
  readonly isPlaying: boolean
  readonly play: (now: boolean) => void
}

export function Controls(props: ControlsProps) {
  const { view } = props
  const { place, go } = view
  return (
    <header class="controls">
      <h1>dmaproof</h1>
      <Steps {...props} />
      <Search view={view} />
      <label>
        <input
          type="checkbox"
          checked={place.isSeenOnly}
          onChange={(event) => go({ isSeenOnly: event.currentTarget.checked })}
        />{' '}
        only what a device can see
      </label>
      <label>
        <input
          type="checkbox"
          checked={place.isChangedOnly}
          onChange={(event) => go({ isChangedOnly: event.currentTarget.checked })}
        />{' '}
        only pages that change
      </label>
      <Colours />
      <Help />
    </header>
  )
}

function Steps({ view: { place, go }, walk, last, isPlaying, play }: ControlsProps) {
  return (
    <div class="steps">
      <button type="button" aria-label="To the start" onClick={() => go({ step: 0 })}>
        |◀
      </button>
      <button type="button" aria-label="A step back" onClick={() => walk(-1)}>
        ◀
      </button>
      <button type="button" class="play" aria-pressed={isPlaying} onClick={() => play(!isPlaying)}>
        {isPlaying ? 'Pause' : 'Play'}
      </button>
      <button type="button" aria-label="A step on" onClick={() => walk(1)}>
        ▶
      </button>
      <button type="button" aria-label="To the end" onClick={() => go({ step: last })}>
        ▶|
      </button>
      <input
        type="range"
        aria-label="Step"
        min={0}
        max={last}
        value={place.step}
        onInput={(event) => go({ step: Number(event.currentTarget.value) })}
      />
      <output aria-live="polite">
        step {place.step} of {last}
      </output>
    </div>
  )
}

function Search({ view }: { readonly view: PageView }) {
  const { place, go, found } = view
  const parsed = parseExpression(place.query)
  const problem = parsed !== undefined && 'problem' in parsed ? parsed.problem : undefined
  return (
    <search class="search">
      <input
        id="find"
        type="search"
        aria-label="Search by page, action, rule or expression"
        aria-invalid={problem !== undefined}
        placeholder="page 1, action, …"
        title="page 3 reachable by device 0 and not (page 3 private or stale)"
        value={place.query}
        onInput={(event) => go({ query: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === 'Enter') nextFound(view, event.shiftKey ? -1 : 1)
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
      />
      <span aria-live="polite" class={problem === undefined ? '' : 'failed'}>
        {problem ?? (place.query.trim() === '' ? '' : `${found.size} found`)}
      </span>
    </search>
  )
}

const schemes = ['auto', 'light', 'dark'] as const

/** Light, dark, or as the system has it. */
function Colours() {
  const [scheme, setScheme] = useState<(typeof schemes)[number]>('auto')
  useEffect(() => {
    if (scheme === 'auto') delete document.documentElement.dataset.scheme
    else document.documentElement.dataset.scheme = scheme
  }, [scheme])
  const next = schemes[(schemes.indexOf(scheme) + 1) % schemes.length] ?? 'auto'
  return (
    <button
      type="button"
      class="colours"
      aria-label={`Colours: ${scheme}; change to ${next}`}
      onClick={() => setScheme(next)}
    >
      ◐ {scheme}
    </button>
  )
}

function Help() {
  return (
    <details class="help">
      <summary>Help</summary>
      <dl>
        {keyHelp.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        <SearchHelp />
        <div>
          <dt class="legend stale">hatched</dt>
          <dd>stale: a cached entry that the tables no longer say</dd>
        </div>
        <div>
          <dt class="legend wrong">⚠</dt>
          <dd>leads to a frame that is not the host's, or does not back the page</dd>
        </div>
        <div>
          <dt class="legend changed">●</dt>
          <dd>changed in this step</dd>
        </div>
        <div>
          <dt class="legend violated">framed</dt>
          <dd>where the property is violated</dd>
        </div>
      </dl>
    </details>
  )
}

function SearchHelp() {
  return (
    <div>
      <dt>search</dt>
      <dd>
        an expression: <code>page 3 reachable by device 0 and not (page 3 private or stale)</code>; its words are
        private, shared, stale, wrong, mapped, pinned and reachable, of some page unless one is named; text in quotes is
        searched as it is
      </dd>
    </div>
  )
}
