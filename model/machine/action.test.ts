import { test } from '@fast-check/vitest'
import fc from 'fast-check'
import { expect } from 'vitest'
import { kindIndex, kinds } from '../actions/relation.js'
import { codeLength, decode, encode, parse, print } from './action.js'

/** Any code of any kind, with small parameters, as a search records them. */
const code = fc
  .tuple(fc.nat(kinds.names.length - 1), fc.array(fc.nat(1), { minLength: codeLength - 1, maxLength: codeLength - 1 }))
  .map(([kind, rest]) => {
    const used = kinds.parameters[kind].length
    return Int32Array.from([kind, ...rest.map((value, index) => (index < used ? value : 0))])
  })

test.prop([code])('an action that is printed and parsed is the same action, and the same code', (known) => {
  const action = decode(kinds, known)
  expect(parse(print(action))).toEqual(action)
  expect(encode(kinds, parse(print(action)))).toEqual({ ok: true, value: known })
})

test('an action is printed by its kind and its parameters in order, choices in words', () => {
  const known = Int32Array.of(kindIndex('guest.convert'), 0, 2, 2, 1, 0)
  expect(print(decode(kinds, known))).toBe('guest.convert vcpu=0 gfn=2 count=2 to=private')
})

test.each([
  ['guest.vanish vcpu=0', 'no action is called "guest.vanish"'],
  ['', 'no action is called ""'],
  ['iommu.invalidate unit=0 domain=1', 'iommu.invalidate has no parameter "domain"; it has unit'],
  ['iommu.invalidate', 'iommu.invalidate: "unit" is missing, expected a whole number'],
  ['iommu.invalidate unit=one', 'iommu.invalidate: "unit" is one, expected a whole number'],
  ['lock.acquire vcpu=0 lock=big', 'lock.acquire: "lock" is big, expected vm or container or slots or mmu'],
])('%s is refused: %s', (text, message) => {
  expect(encode(kinds, parse(text))).toEqual({ ok: false, problem: { message } })
})

test('a code of no kind is an action without a name or parameters, which has no code', () => {
  const action = decode(kinds, Int32Array.of(kinds.names.length, 1))
  expect([print(action), encode(kinds, action)]).toEqual([
    '?',
    { ok: false, problem: { message: 'no action is called "?"' } },
  ])
})

test('every kind is part.verb', () => {
  for (const name of kinds.names) expect(name).toMatch(/^[a-z]+\.[a-z0-9.-]+$/)
})

test('every kind with all its parameters fits a code', () => {
  for (const names of kinds.parameters) expect(names.length).toBeLessThan(codeLength)
})

test('more space between the words of an action means nothing', () => {
  expect(parse('  iommu.evict-iotlb   slot=0 ')).toEqual({ kind: 'iommu.evict-iotlb', slot: 0 })
})

test('a word without a value is a parameter with an empty one', () => {
  expect(parse('iommu.invalidate unit')).toEqual({ kind: 'iommu.invalidate', unit: '' })
})
