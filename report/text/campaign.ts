import type { CampaignStatus } from '../../search/cells/campaign-status.js'

/** Cells named under one heading, at most. */
const maxNamed = 10

/** Seconds in words, as far as an estimate goes. */
function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`
}

interface Named {
  readonly title: string
  readonly key: string
  readonly why?: string
}

function section(heading: string, cells: readonly Named[]): string[] {
  if (cells.length === 0) return []
  const lines = cells.slice(0, maxNamed).flatMap(({ title, key, why }) => {
    const [first] = (why ?? '').split('\n')
    return [`  ${title} (${key.slice(0, 12)})`, ...(first ? [`    ${first}`] : [])]
  })
  const more = cells.length > maxNamed ? [`  and ${cells.length - maxNamed} more`] : []
  return ['', heading, ...lines, ...more]
}

/** What `campaign status` counts, in sentences. */
export const cellStateSays = {
  done: 'Of a campaign: cells with a result that no bound cut short.',
  running: 'Of a campaign: cells that a worker searches now.',
  waiting: 'Of a campaign: cells that no worker has taken yet.',
  failed: 'Of a campaign: cells whose search ended in an internal error.',
  poisoned: 'Of a campaign: cells on which three workers died, and which no worker takes any more.',
  'not judged': 'Of a campaign: cells that failed, are poisoned, were left open by a bound, or are in no queue.',
} as const

/** What `campaign status` prints for people. */
export function campaignText(status: CampaignStatus): string {
  const { campaign, command, version, cells, done, running, waiting, secondsLeft, contradictions } = status
  const { open, failed, poisoned, absent } = status
  const unjudged = open.length + failed.length + poisoned.length + absent.length
  const counts: Readonly<Record<keyof typeof cellStateSays, number>> = {
    ...{ done, running, waiting },
    ...{ failed: failed.length, poisoned: poisoned.length, 'not judged': unjudged },
  }
  return [
    `campaign ${campaign}: ${command} by dmaproof ${version}, ${cells} cells`,
    ...Object.entries(counts).map(([name, count]) => `  ${name.padEnd(10)} ${String(count).padStart(5)}`),
    ...(secondsLeft === null ? [] : [`  about ${durationText(secondsLeft)} left`]),
    ...section('not judged, since a bound of time or memory left them open:', open),
    ...section('not judged, since the search ended in an internal error:', failed),
    ...section('not judged, since no worker survived them:', poisoned),
    ...section('not judged, and in no queue (dmaproof campaign start puts them in again):', absent),
    ...(contradictions === 0 ? [] : ['', `${contradictions} cells have results that contradict each other`]),
    '',
  ].join('\n')
}
