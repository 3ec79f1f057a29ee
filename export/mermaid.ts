import { visible } from '../base/visible.js'
import { beginsDma } from '../model/actions/relation.js'
import { byPlace, type ColumnActor, nameOf } from '../report/columns/actor.js'
import { type ActorLine, narrate } from '../report/columns/narrate.js'
import type { Trace } from '../search/trace.js'
import { loopOf } from '../view/map/loop.js'
import { actorsOf } from '../view/run-of-trace.js'

/** Forges cut a diagram that is longer: GitLab and Gitea at 5000 characters. */
export const mermaidLimit = 4500

/** Characters of a step's text, and of the reason, as they are written. */
export const longest = { step: 200, why: 900 } as const

/** What stands between two lines of the diagram. */
export interface Item {
  readonly line: string
  /** Only a step may be left out. */
  readonly isStep: boolean
}

/**
 * A trace as a `sequenceDiagram`, from what it recorded: a participant an actor, an arrow a step. Of a long one the
 * steps in the middle are left out, and a note says how many.
 */
export function mermaidOf(trace: Trace): string {
  const { header, steps, continuation = [] } = trace
  const all = [...steps, ...continuation]
  const lines = narrate(all, header.setup.scope)
  const known = actorsOf(lines)
  const actors: readonly ColumnActor[] = known.length > 0 ? known : [{ role: 'host', index: 0 }]
  const note = noteOver(actors.map(idOf))
  const loop = loopOf(trace)
  const items = lines.flatMap((line, index): Item[] => [
    ...(index === steps.length ? [note('left to continue fairly, each party in its turn')] : []),
    ...(index === loop ? [note('the loop begins here')] : []),
    { line: arrow(line, all[index]?.action.device, actors), isStep: true },
  ])
  const cited = header.broken === undefined ? '' : ` [${header.broken}]`
  const end = [
    ...(loop === undefined ? [] : [note('back to where the loop begins')]),
    note(`${header.property}: ${header.why}${cited}`, longest.why),
  ]
  const head = ['sequenceDiagram', ...actors.map((actor) => `  participant ${idOf(actor)} as ${nameOf(actor, false)}`)]
  const fixed = sizeOf(head) + sizeOf(end.map(({ line }) => line))
  const body = fittingItems(items, mermaidLimit - fixed, (count) => note(`${count} steps are left out here`))
  return `${[...head, ...[...body, ...end].map(({ line }) => line)].join('\n')}\n`
}

/** The name by which a participant is drawn. */
export const idOf = (actor: ColumnActor): string => nameOf(actor, true)

/** Writes notes over participants, from the first to the last. @param ids of the participants, left to right */
export const noteOver = (ids: readonly string[]) => {
  const ends = [...new Set([...ids.slice(0, 1), ...ids.slice(-1)])].join()
  return (text: string, most: number = longest.step): Item => ({
    line: `  Note over ${ends}: ${escaped(text, most)}`,
    isStep: false,
  })
}

/** A DMA begins at its device, and what the IOMMU says of it comes back; every other step is its actor's own. */
function arrow({ actor, text }: ActorLine, device: unknown, actors: readonly ColumnActor[]): string {
  const iommu: ColumnActor = { role: 'iommu', index: 0 }
  const isKnown = (one: ColumnActor) => actors.some((known) => byPlace(known, one) === 0)
  const said = escaped(text, longest.step)
  if (actor.role === 'device' && beginsDma(text.split(' ', 1)[0] ?? '') && isKnown(iommu)) {
    return `  ${idOf(actor)}->>${idOf(iommu)}: ${said}`
  }
  const to: ColumnActor = { role: 'device', index: Number(device) }
  if (actor.role === 'iommu' && typeof device === 'number' && isKnown(to)) {
    return `  ${idOf(actor)}-->>${idOf(to)}: ${said}`
  }
  return `  ${idOf(actor)}->>${idOf(actor)}: ${said}`
}

/** Characters that mean nothing to Mermaid, wherever they stand in a message. */
const plain = /[\p{L}\p{N} _.,=()/+→×·-]/u

/** A text as a message: what could mean something is an entity code, as in `#35;`, and a line break is a blank. */
export function escaped(text: string, most: number): string {
  let written = ''
  for (const character of visible(text.replace(/\s+/g, ' '))) {
    const code = plain.test(character) ? character : `#${character.codePointAt(0)};`
    if (written.length + code.length >= most) return `${written}…`
    written += code
  }
  return written === '' ? '–' : written
}

/** Characters of lines with their line breaks. */
export const sizeOf = (lines: readonly string[]): number => lines.reduce((size, line) => size + line.length + 1, 0)

/** All items if they fit in so many characters; else without steps in the middle, of which more of the end stays. */
export function fittingItems(items: readonly Item[], most: number, leftOut: (count: number) => Item): readonly Item[] {
  if (sizeOf(items.map(({ line }) => line)) <= most) return items
  const steps = items.flatMap(({ line, isStep }, at) => (isStep ? [{ at, size: line.length + 1 }] : []))
  const others = [leftOut(steps.length), ...items.filter(({ isStep }) => !isStep)]
  let room = most - sizeOf(others.map(({ line }) => line))
  let front = 0
  let back = steps.length
  while (front < back) {
    const next = front * 2 < steps.length - back ? steps[front] : steps[back - 1]
    if (next === undefined || next.size > room) break
    room -= next.size
    if (next === steps[front]) front += 1
    else back -= 1
  }
  const [first = 0, end = items.length] = [steps[front]?.at, steps[back]?.at]
  const isOut = ({ isStep }: Item, at: number) => isStep && at >= first && at < end
  return items.flatMap((item, at) => [
    ...(at === first ? [leftOut(back - front)] : []),
    ...(isOut(item, at) ? [] : [item]),
  ])
}
