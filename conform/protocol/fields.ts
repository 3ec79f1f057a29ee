import { z } from 'zod'

// What fields of requests and replies may hold.

export const number = z.number().int().min(0).max(0xffff_ffff)
/** What is counted over a start: less than then is wrong, and can be said. */
export const balance = z.number().int().min(-0xffff_ffff).max(0xffff_ffff)
export const bit = z.literal([0, 1])
/** A count from one up to the most that the model can have. */
export const few = z.number().int().min(1).max(8)
/** Whether a size, above 0, is a power of two. */
export const isPowerOfTwo = (size: number): boolean => Number.isInteger(Math.log2(size))
export const byte = z.number().int().min(0).max(255)
export const word = z
  .string()
  .regex(/^[A-Za-z0-9._+\- ,=/]{0,200}$/, 'expected at most 200 characters of A-Z a-z 0-9 . _ + - ,')
/** A list as one string: words with one blank between them. */
export const words = <const T extends readonly [string, ...string[]]>(known: T) =>
  word
    .transform((text) => text.split(' ').filter((part) => part !== ''))
    .pipe(z.array(z.enum(known, { error: `expected words out of: ${known.join(' ')}` })))

/** Sizes as one string: at least one, with one blank between them. */
export const powersOfTwo = word.refine(
  (text) => text.split(' ').every((size) => /^[1-9]\d*$/.test(size) && isPowerOfTwo(Number(size))),
  'expected powers of two with one blank between them',
)

export const id = { id: number }
