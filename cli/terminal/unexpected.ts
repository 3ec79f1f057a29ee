import { Status } from '../exit-status.js'
import type { Io } from './io.js'

/** An unexpected exception is a bug of dmaproof: one message; the stack only on request. */
export function internalError(io: Io, stack: string): number {
  const [first = ''] = stack.split('\n')
  io.err(
    [
      `dmaproof: this is a bug of dmaproof, not of yours: ${first}`,
      '  Please report it with the command that you gave, and what this prints: DMAPROOF_DEBUG=1 dmaproof …',
      ...(io.debug ? [stack] : []),
      '',
    ].join('\n'),
  )
  return Status.OurBug
}
