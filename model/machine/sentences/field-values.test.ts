import { expect, test } from 'vitest'
import { platformTable } from '../platform.js'
import { scopeTable } from '../scope.js'
import { platformValueSays, scopeValueSays } from './field-values.js'

const choices = [
  ...Object.entries(platformTable).map(([name, field]) => ({ name, field, says: platformValueSays })),
  ...Object.entries(scopeTable).map(([name, field]) => ({ name, field, says: scopeValueSays })),
].flatMap(({ name, field, says }) => ('values' in field ? [{ name, values: field.values.map(String), says }] : []))

test.each(choices)('each value of $name has a sentence that no other value of it has', ({ name, values, says }) => {
  const sentences = Object.entries(Object.entries(says).find(([field]) => field === name)?.[1] ?? {})
  expect(sentences.map(([value]) => value).sort()).toEqual(values.toSorted())
  for (const [, sentence] of sentences) expect(sentence).toMatch(/^[A-Z].+\.$/)
  expect(new Set(sentences.map(([, sentence]) => sentence)).size).toBe(values.length)
})
