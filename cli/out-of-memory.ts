/** Whether this machine did not give so much memory at once: the user's to change, and no bug of ours. */
export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof RangeError && /allocation failed|Invalid typed array length/.test(error.message)
