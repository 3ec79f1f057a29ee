import { ok } from '../../base/result.js'
import { type Kind, kinds } from '../../model/actions/relation.js'
import type { ThreadActor } from './actor.js'
import { type ParseResult, refuseAt } from './problem.js'
import type { Word } from './syntax.js'

/** Calls of the host's driver as a whole, which are no actions of the relation. */
export const callVerbs = ['map', 'unmap'] as const
export type CallVerb = (typeof callVerbs)[number]

/** What a step does: a kind of action, or a call with the action that stands for it in a run. */
export interface Verb {
  readonly kind: Kind
  readonly call: CallVerb | undefined
  /** What the verb itself says: `write` is `dma.issue`, and says the access. */
  readonly says: Readonly<Record<string, string>>
}

/** `read 1` and `write 1` are what the thread's own actor does. */
const accessBy: Readonly<Record<ThreadActor['role'], Kind | undefined>> = {
  P: 'guest.access',
  H: 'host.access',
  D: 'dma.issue',
  U: undefined,
}

/** Finds the action that a verb names: in full, by its last words, or by a word of this language. */
export function verbOf(word: Word, actor: ThreadActor): ParseResult<Verb> {
  const { text } = word
  const call = callVerbs.find((name) => name === text)
  if (call !== undefined) return ok({ kind: `host.${call}`, call, says: {} })
  if (text === 'read' || text === 'write') {
    const kind = accessBy[actor.role]
    if (kind !== undefined) return ok({ kind, call: undefined, says: { access: text } })
  }
  const exact = kinds.names.find((name) => name === text)
  const found = exact === undefined ? kinds.names.filter((name) => name.endsWith(`.${text}`)) : [exact]
  const [only, ...others] = found
  if (only === undefined) return refuseAt(word, `no action is called "${text}"; expected ${nearest(text)}`)
  if (others.length === 0) return ok({ kind: only, call: undefined, says: {} })
  return refuseAt(word, `"${text}" is ambiguous, expected one of ${found.join(', ')}`)
}

/** Actions that share a word with the text, or where all of them are listed. */
function nearest(text: string): string {
  const words = text.split(/[.-]/).filter((part) => part.length > 3)
  const near = kinds.names.filter((name) => words.some((part) => name.includes(part)))
  const listed = near.length === 0 ? [] : near.slice(0, 4)
  return listed.length > 0 ? listed.join(', ') : 'map, unmap, read, write, or one of: dmaproof list actions'
}
