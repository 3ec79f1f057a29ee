/** V8 has no class and no code of its own for these; a RangeError with another text, as of a deep stack, is a bug. */
const allocationFailure =
  /allocation failed|Invalid (typed array|array buffer|array) length|(Map|Set) maximum size exceeded/

/**
 * Whether memory was refused, by this machine or by a limit of the language: the user can ask for less, and it is no
 * bug of this program. A thread that has used up its heap ends with a code.
 */
export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error &&
  ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY' ||
    (error instanceof RangeError && allocationFailure.test(error.message)))
