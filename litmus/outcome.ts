import { failing, firstFailing, rows } from '../model/actions/relation.js'
import { reasonNames } from '../model/machine/effects.js'
import { errnoNames } from '../model/machine/errno.js'
import type { Machine } from '../model/machine/machine.js'
import { Owner, type State } from '../model/machine/state.js'
import type { ErrnoCode } from '../model/machine/units.js'

/**
 * What came of a step, as one number of a register: 0 nothing yet, then errnos, the ends of a DMA, what an access
 * found. A byte holds them all.
 */
const base = { errno: 1, retry: 60, fault: 64, done: 80, found: 96 } as const

/** A frame's class, as seen from the page through which it was reached. */
export const frameClasses = ['shared', 'private', 'removed', 'free', 'orphan', 'other'] as const
export type FrameClass = (typeof frameClasses)[number]

/** Who wrote last into a frame, in the order of `Tag`. */
export const tagNames = ['zero', 'guest', 'device', 'host', 'table'] as const

/** Whose a frame is now, as seen from a page. */
export function frameClass(m: Machine, s: State, gfn: number, frame: number): number {
  const owner = s.owner[frame]
  if (owner === Owner.Td) return 1
  if (owner === Owner.Removed) return 2
  if (owner === Owner.Free) return 3
  if (s.sharedFrame[gfn] === frame + 1) return 0
  for (let page = 0; page < m.pages; page += 1) if (s.sharedFrame[page] === frame + 1) return 5
  return 4
}

/** The outcome (one byte) of a step that ended with an errno. */
export const ofErrno = (errno: ErrnoCode): number => base.errno + errno
/** The outcome of a request that was told to retry. */
export const ofRetry = (): number => base.retry
/** The outcome of a DMA that was blocked. @param reason a `FaultReason` */
export const ofFault = (reason: number): number => base.fault + reason
/** The outcome of a DMA that was done. @param frame class of the frame, an index of `frameClasses` */
export const ofDone = (frame: number): number => base.done + frame
/** The outcome of an access by the guest. @param tag who wrote last (`Tag`) @param poison 1 if poisoned */
export const ofFound = (tag: number, poison: number): number => base.found + tag * 2 + poison

/** Errno of the way to fail that an event names. */
export function errnoOfCause(cause: number): number {
  const way = failing[cause]
  const row = way === undefined ? undefined : rows[way.kind]
  if (way === undefined || row === undefined) return 0
  const at = cause - (firstFailing[way.kind] ?? 0)
  return row.fails?.[at]?.errno ?? (row.by === 'plan' ? (row.mayFail?.errno ?? 0) : 0)
}

const reasonWords = reasonNames.map((name) => name.replaceAll(' ', '-'))

/** The register's number in words: `ok`, `EINVAL`, `fault:not-present`, `done:private`, `read:device`. */
export function outcomeWord(value: number): string {
  if (value === 0) return 'none'
  if (value < base.retry) return errnoNames[value - base.errno] ?? '?'
  if (value === base.retry) return 'RETRY'
  if (value < base.done) return `fault:${reasonWords[value - base.fault] ?? '?'}`
  if (value < base.found) return `done:${frameClasses[value - base.done] ?? '?'}`
  return `read:${tagNames[(value - base.found) >>> 1] ?? '?'}${(value - base.found) % 2 === 1 ? '+poison' : ''}`
}

/** Every word that a register may hold, by what is recorded in it. */
export const outcomeWords = {
  call: [...errnoNames, 'RETRY', 'none'],
  dma: [
    'done',
    'fault',
    ...frameClasses.map((name) => `done:${name}`),
    ...reasonWords.map((name) => `fault:${name}`),
    'none',
  ],
  access: ['read', ...tagNames.flatMap((tag) => [`read:${tag}`, `read:${tag}+poison`]), 'ok', 'none'],
} as const
