import { describe, expect, test } from 'vitest'
import { scopeSchema } from '../model/scope.js'
import { platformFields, platformFieldText, scopeFields, scopeFieldText } from './parameter-text.js'

/** A head, then a sentence of its own, then its values. */
const explained = /^\w+ \(a field of the (scope|platform)\)\n {2}[^ ].*(\n {2}[^ ].*)*\.\n {2}values {3}/

describe('what a field is, is said in a sentence', () => {
  test.for(scopeFields)('of the scope: %s', (field) => {
    expect(scopeFieldText(field)).toMatch(explained)
  })

  test.for(platformFields)('of the platform: %s', (field) => {
    expect(platformFieldText(field, [])).toMatch(explained)
  })
})

describe('a number of the scope has the bounds that explain prints:', () => {
  const numbers = scopeFields.flatMap((field) => {
    const [, min, max] = /values {3}a whole number from (\d+) to (\d+)\n/.exec(scopeFieldText(field)) ?? []
    return min === undefined ? [] : [{ field, min: Number(min), max: Number(max) }]
  })

  test('vcpus from 1 to 8, and every other', () => {
    expect(numbers).toContainEqual({ field: 'vcpus', min: 1, max: 8 })
    expect(scopeFields.filter((field) => scopeFieldText(field).includes('a whole number'))).toHaveLength(numbers.length)
  })

  test.for(numbers)('$field from $min to $max', ({ field, min, max }) => {
    const takes = (value: number) => scopeSchema.safeParse({ [field]: value }).success
    expect([min - 1, min, max, max + 1].map(takes)).toEqual([false, true, true, false])
  })
})
