import type { Prng } from '../../base/prng.js'

/** For tests: one of the things that a broken writer does to a line. */
export function mangle(line: Buffer, prng: Prng): Buffer {
  const at = prng.nextBelow(line.length + 1)
  const byte = Buffer.from([prng.nextBelow(256)])
  const [before, after] = [line.subarray(0, at), line.subarray(at)]
  switch (prng.nextBelow(7)) {
    case 0:
      return Buffer.concat([before, byte, after])
    case 1:
      return Buffer.concat([before, byte, after.subarray(1)])
    case 2:
      return before
    case 3:
      return Buffer.concat([line, line])
    case 4:
      return Buffer.concat([before, Buffer.alloc(prng.nextBelow(9000), byte), after])
    case 5:
      return Buffer.concat([after, before])
    default:
      return line
  }
}

/** For tests: a line that can still be read, in which one digit is another or one word is another's. */
export function misstate(line: Buffer, prng: Prng): Buffer {
  const text = line.toString('latin1')
  const digits = [...text.matchAll(/\d/g)].map(({ index }) => index).filter((index) => index > text.indexOf(','))
  const at = digits[prng.nextBelow(digits.length)]
  if (at === undefined || prng.nextBelow(4) === 0) return Buffer.from(text.replace('"ok"', '"EEXIST"'))
  return Buffer.from(`${text.slice(0, at)}${prng.nextBelow(10)}${text.slice(at + 1)}`)
}
