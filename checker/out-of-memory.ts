const tooMuch = /allocation failed|Invalid (typed array|array buffer|array) length|(Map|Set) maximum size exceeded/

/**
 * Whether this machine, or the language, did not give so much memory: the user's to change, and no bug of ours. A
 * thread that has used up its heap says so by a code; another RangeError, as of a stack that is too deep, is a bug.
 */
export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error &&
  ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY' ||
    (error instanceof RangeError && tooMuch.test(error.message)))
