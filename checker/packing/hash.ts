/**
 * Mixes an index to 32 bits that look random. The index steps by 0x9e3779b1, the prime next to 2^32 over the golden
 * ratio (XXH_PRIME32_1 of https://github.com/Cyan4973/xxHash). The multipliers are those of MurmurHash3's fmix32
 * (https://github.com/aappleby/smhasher, MurmurHash3.cpp); the shifts are 15, 13 and 16 as in XXH32_avalanche, where
 * fmix32 has 16, 13 and 16. Another first shift would give every pinned draw of conformance calls another value.
 */
export function mix32(number: number): number {
  let x = Math.imul(number + 1, 0x9e37_79b1)
  x = Math.imul(x ^ (x >>> 15), 0x85eb_ca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35)
  return x ^ (x >>> 16)
}

/**
 * Spreads a sum over all bits, for a place in a table: lowbias32 (https://github.com/skeeto/hash-prospector), of which
 * each bit of the input changes each bit of the output with a probability near one half.
 */
export function finalise32(sum: number): number {
  let x = sum ^ (sum >>> 16)
  x = Math.imul(x, 0x7feb_352d)
  x ^= x >>> 15
  x = Math.imul(x, 0x846c_a68b)
  return x ^ (x >>> 16)
}
