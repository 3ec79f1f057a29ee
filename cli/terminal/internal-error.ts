import { Status } from '../exit-status.js'
import type { Io } from './io.js'

/** An exception that nobody expected is a bug of ours: one message, the stack only for who asks for it. */
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
