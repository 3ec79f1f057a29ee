import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const docs = fileURLToPath(new URL('../docs', import.meta.url))

test('each document begins with a heading of plain text, by which the site calls it', () => {
  const names = readdirSync(docs).filter((name) => name.endsWith('.md'))
  expect(names.length).toBeGreaterThan(10)
  expect(names.filter((name) => !/^# [^`[\n]+\n/.test(readFileSync(join(docs, name), 'utf8')))).toEqual([])
})
