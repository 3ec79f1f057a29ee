import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Status } from '../exit-status.js'
import { complain, type Io } from './io.js'

/**
 * What nothing here expected, in one message; the stack only on request. It is a bug of dmaproof, unless it was thrown
 * by a module of the user's, such as a condition of a design.
 *
 * @param stack of the error; its first line says what it is
 */
export function unexpected(io: Io, stack: string): number {
  const [first = ''] = stack.split('\n')
  const place = placeInOwn(stack)
  if (place === undefined) {
    io.err(
      [
        `dmaproof: this is a bug of dmaproof, not of yours: ${first}`,
        '  Please report it with the command that you gave, and what this prints: DMAPROOF_DEBUG=1 dmaproof …',
        '',
      ].join('\n'),
    )
  } else {
    const remedy =
      '  What a module exports has to answer in every state of a machine; DMAPROOF_DEBUG=1 prints the stack.'
    complain(io, `${place}: the code there throws ${first}\n${remedy}`)
  }
  if (io.debug) io.err(`${stack}\n`)
  return place === undefined ? Status.InternalError : Status.BadInput
}

const ours = fileURLToPath(new URL('../..', import.meta.url))

/** Where an error was thrown, as `FILE:LINE`, if not by this package, another one or Node. */
function placeInOwn(stack: string): string | undefined {
  const frames = [...stack.matchAll(/^ {4}at .*?((?:file:\/\/)?\/[^\n]*?):(\d+):\d+\)?$/gm)]
  const [, at = '', line] = frames[0] ?? []
  if (line === undefined) return undefined
  const path = ownPath(at)
  return path === undefined ? undefined : `${relative('.', path)}:${line}`
}

/**
 * The path of a file that is neither this package's, nor of another package, nor Node's.
 *
 * @param at a path from the root, or a URL
 */
export function ownPath(at: string): string | undefined {
  const path = at.startsWith('file:') ? fileURLToPath(at) : at
  return !path.startsWith('/') || path.startsWith(ours) || path.includes('/node_modules/') ? undefined : path
}
