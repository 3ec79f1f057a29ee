import type { Divergence } from '../../conform/oracle/check.js'
import type { Answer } from '../../conform/protocol/messages.js'
import { type Sequence, stepsOf } from '../../conform/protocol/sequence.js'
import type { Replied } from '../../report/ci/outcome.js'
import type { ActorLine } from '../../report/columns/narrate.js'
import { answerText, type CheckedReplies, callLine, seenText, settingText } from '../../report/text/divergence.js'
import type { Folded } from '../../view/map/fold.js'

/** The replies of an implementation, and what the model says of them. */
export interface CheckedTranscript {
  readonly header: CheckedReplies
  readonly sequence: Sequence
  /** The replies to all requests, resets included. */
  readonly replies: readonly Answer[]
  /** The first reply that the model does not allow; undefined if it allows all. */
  readonly found: Divergence | undefined
  /** The page map of the model that answers the same calls: a step for each call of the last sequence. */
  readonly folded: Folded | undefined
}

/** A reply that was just met as such a transcript, without a map. */
export function checkedOf({ header, divergence }: Replied): CheckedTranscript {
  const { sequence, answers, earlierAnswers = [] } = divergence
  const reset: readonly Answer[] = sequence.calls.length === 0 ? [] : [{ outcome: 'ok' }]
  return { header, sequence, replies: [...earlierAnswers, ...reset, ...answers], found: divergence, folded: undefined }
}

/** A request with its reply. */
export interface CheckedExchange {
  /** Who asks, and what. */
  readonly request: ActorLine
  /** In words; empty where no reply is recorded. */
  readonly reply: string
  /** Whether the model does not allow the reply. */
  readonly isWrong: boolean
}

/** The requests up to the first reply that the model does not allow, those of earlier sequences included. */
export function exchanged({ sequence, replies, found }: CheckedTranscript): CheckedExchange[] {
  const steps = stepsOf(found?.sequence ?? sequence)
  return steps.map((step, index): CheckedExchange => {
    const isWrong = found !== undefined && index === steps.length - 1
    const reply = replies[index]
    const request: ActorLine =
      'setting' in step
        ? { actor: { role: 'host', index: 0 }, text: `reset ${settingText(step.setting)}` }
        : callLine(step)
    return { request, reply: isWrong ? seenText(found.seen) : reply === undefined ? '' : answerText(reply), isWrong }
  })
}

/** What the model would have allowed, a sentence a platform. */
export const allowedTexts = ({ found }: CheckedTranscript): string[] =>
  (found?.allowed ?? []).map(({ platform, answer, why, rules }) => {
    const cited = rules.length === 0 ? '' : ` [${rules.map(({ id }) => id).join(', ')}]`
    return `${platform} allows: ${answerText(answer)}. ${why}${cited}`
  })
