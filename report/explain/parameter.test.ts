import { describe, expect, test } from 'vitest'
import { partNames } from '../../model/machine/parts.js'
import { platformFieldNames } from '../../model/machine/platform.js'
import { scopeSchema } from '../../search/schemas.js'
import { partText, platformFieldText, scopeFields, scopeFieldText } from './parameter.js'

/** A head, then a sentence, then how it is set. */
const explained =
  /^\w+ \(a (field of the (scope|platform)|part of the machine, .*)\)\n( {2}[^ ].*\n)+(?<=\.\n) {2}(values|set it) {3}/

describe('what a name of the machine is, is said in a sentence', () => {
  test.for(scopeFields)('of the scope: %s', (field) => {
    expect(scopeFieldText(field)).toMatch(explained)
  })

  test.for(platformFieldNames)('of the platform: %s', (field) => {
    expect(platformFieldText(field, [])).toMatch(explained)
  })

  test.for(partNames)('a part: %s', (part) => {
    expect(partText(part)).toMatch(explained)
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
