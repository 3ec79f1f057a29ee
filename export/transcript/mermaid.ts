import { byPlace, type ColumnActor, nameOf } from '../../report/columns/actor.js'
import { actorsOf } from '../../view/run-of-trace.js'
import { escaped, fittingItems, idOf, longest, mermaidLimit, noteOver, sizeOf } from '../mermaid.js'
import { allowedTexts, type CheckedTranscript, exchanged } from './checked.js'

/** Sentences on what the model allows, at most, and characters of each as they are written. */
const max = { allowed: 3, characters: 600 } as const

const target = 't'

/**
 * A transcript as a `sequenceDiagram`: who asks and the implementation are participants, a request is an arrow to it
 * and a reply one back. The reply that the model does not allow ends in a cross, and notes say what it would allow.
 */
export function mermaidOfTranscript(transcript: CheckedTranscript): string {
  const all = exchanged(transcript)
  const callers = actorsOf(all.map(({ request }) => request))
  const note = noteOver([idOf(callers[0] ?? host), target])
  const items = all.map(({ request, reply, isWrong }) => {
    const from = idOf(callers.find((known) => byPlace(known, request.actor) === 0) ?? host)
    const back = reply === '' ? [] : [`  ${target}${isWrong ? '--x' : '-->>'}${from}: ${escaped(reply, longest.step)}`]
    return { line: [`  ${from}->>${target}: ${escaped(request.text, longest.step)}`, ...back].join('\n'), isStep: true }
  })
  const head = [
    'sequenceDiagram',
    ...callers.map((actor) => `  participant ${idOf(actor)} as ${nameOf(actor, false)}`),
    `  participant ${target} as ${escaped(transcript.header.target, longest.step)}`,
  ]
  const end = verdict(transcript).map((text) => note(text, max.characters).line)
  const body = fittingItems(items, mermaidLimit - sizeOf(head) - sizeOf(end), (count) =>
    note(`${count} requests are left out here`),
  )
  return `${[...head, ...body.map(({ line }) => line), ...end].join('\n')}\n`
}

const host: ColumnActor = { role: 'host', index: 0 }

function verdict(transcript: CheckedTranscript): string[] {
  const { header, found } = transcript
  const of = `${header.interface}, checked against ${header.platforms.join(' or ')}`
  if (found === undefined) return [`${of}: the model allows every reply`]
  const allowed = allowedTexts(transcript)
  const left = allowed.length - max.allowed
  return [
    `${of}: the model does not allow the last reply`,
    ...allowed.slice(0, max.allowed),
    ...(left > 0 ? [`${left} more in the text form`] : []),
  ]
}
