import { constants } from 'node:os'
import { errnoNames } from '../../../../model/machine/errno.js'
import type { Answer } from '../../../protocol/messages.js'
import type { Transcript } from '../../../protocol/transcript.js'

/** A field of a reply. */
export type Field = keyof Answer

/** Fields whose comparison takes code of its own: counters of the machine and of the process. */
const counters: readonly Field[] = ['pins', 'pinned', 'locked', 'entries', 'tables', 'stray', 'fault', 'faults']

/**
 * What a reproducer compares of each reply. The last is the one that diverged, and those before it were right. So
 * counters are compared in the last alone, and of these the ones that diverged, if that is known.
 *
 * @param diverged fields of the last reply that are wrong; undefined if that is not known
 */
export function compared({ answers }: Transcript, diverged?: readonly Field[]): readonly Answer[] {
  const isPlain = areFaultsPlain(answers)
  return answers.map((answer, index) => {
    const isLast = index === answers.length - 1
    const isKept = (field: Field) =>
      !counters.includes(field) || (isLast && (diverged?.includes(field) ?? !(field === 'fault' && isPlain)))
    return Object.fromEntries(Object.entries(answer).filter(([field]) => isKept(field as Field))) as Answer
  })
}

/** Whether faults say no more than results. Where the last DMA was blocked, the divergence may be about its fault. */
const areFaultsPlain = (answers: readonly Answer[]): boolean =>
  answers.every(({ result, fault }) => fault === undefined || fault === Number(result === 'blocked')) &&
  answers.at(-1)?.result !== 'blocked'

const known = new Set([...Object.keys(constants.errno), ...errnoNames.filter((name) => name.startsWith('E'))])

/** What an errno is compared with in C: a number; or, if <errno.h> may lack it, its name. */
export function outcomeText(error: string, outcome: string): readonly [now: string, then: string] {
  if (outcome === 'ok') return [error, '0']
  if (known.has(outcome)) return [error, outcome]
  return [`strcmp(strerrorname_np(${error}) ?: "EUNKNOWN", ${quoted(outcome)})`, '0']
}

/** A string of C. */
export const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
