import type { Divergence } from '../conform/oracle/check.js'
import type { Allowed } from '../conform/oracle/explain.js'
import type { Call } from '../conform/protocol/messages.js'
import type { TranscriptHeader } from '../conform/protocol/transcript.js'
import { nameOf } from '../report/columns/actor.js'
import type { ActorLine } from '../report/columns/narrate.js'
import { answerText, callLine, seenText, settingText } from '../report/text/divergence.js'
import type { ShownMap, ShownReply, ShownRun, ShownStep } from './data.js'
import type { Folded } from './map/fold.js'
import { actorsOf, columnOf, shownMap } from './run-of-trace.js'

/**
 * A divergence as two runs: what the model allows, and what the implementation replied.
 *
 * @param folded the map of the model; an implementation tells what it replies, not what its tables hold
 */
export function runsOfDivergence(
  header: Pick<TranscriptHeader, 'target' | 'platforms' | 'interface'>,
  found: Divergence,
  folded: Folded | undefined,
): readonly ShownRun[] {
  const { sequence, answers, seen, allowed } = found
  const replies = allowed.map(shownReply)
  const calls = sequence.calls.slice(0, answers.length + 1)
  const lines = calls.map((call) => callLine(call))
  const said = [...answers.map(answerText), seenText(seen)]
  const expected = [
    ...answers.map(answerText),
    replies.map(({ reply }) => reply).join(', or ') || 'nothing of this kind',
  ]
  const about = `${header.interface} ${settingText(sequence.setting)}`
  const common = {
    property: 'conformance',
    end: 'the replies differ',
    start: 'a fresh container',
    ...placeOf(calls.at(-1)),
    taken: lines.length,
  }
  return [
    {
      ...common,
      ...side(lines, expected, replies),
      name: 'the model',
      why: `the model allows: ${expected.at(-1)}`,
      about: `${header.platforms.join(', ')} · ${about}`,
      map: folded && withoutGuest(shownMap(folded), sequence.setting.kvm === 1),
    },
    { ...common, ...side(lines, said, replies), name: header.target, why: `the reply was: ${said.at(-1)}`, about },
  ]
}

/** The map of a test that runs no guest; without KVM, there is no attribute and no private side either. */
function withoutGuest(map: ShownMap, hasKvm: boolean): ShownMap {
  const left = hasKvm ? ['told'] : ['told', 'attribute', 'private']
  const kept = map.layers.flatMap(({ key }, at) => (left.includes(key) ? [] : [at]))
  return {
    layers: map.layers.filter((_, at) => kept.includes(at)),
    rows: map.rows,
    histories: map.histories.map((cells) => cells.filter((_, at) => kept.includes(at))),
  }
}

const shownReply = ({ platform, answer, why, rules }: Allowed): ShownReply => ({
  platform,
  reply: answerText(answer),
  why,
  rules: rules.map(({ id }) => id),
})

/** Where the model says how a device gets from a page, if that is what was answered otherwise. */
function placeOf(call: Call | undefined): Pick<ShownRun, 'page' | 'through'> {
  const isDma = call?.call === 'dma-read' || call?.call === 'dma-write'
  return isDma ? { page: call.iovfn, through: ['iommu', 'iotlb'] } : { through: [] }
}

/** The calls with one side's replies; the last has what the model allows beside it. */
function side(lines: readonly ActorLine[], replies: readonly string[], allowed: readonly ShownReply[]) {
  const actors = actorsOf(lines)
  const steps = lines.map(({ actor, text }, index): ShownStep => {
    const isLast = index === lines.length - 1
    return {
      actor: columnOf(actors, actor),
      kind: text.split(' ')[0] ?? '',
      text: `${text} → ${replies[index] ?? ''}`,
      outcome: 'ok',
      facts: [],
      isSeen: true,
      others: [],
      allowed: isLast ? allowed : undefined,
    }
  })
  return { actors: actors.map((actor) => nameOf(actor, false)), steps }
}
