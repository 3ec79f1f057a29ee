import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  capabilityNames,
  flawNames,
  helloReplySchema,
  limitNames,
  observationNames,
  protocolVersion,
  replySchema,
  requestSchema,
} from './messages.js'

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
const examples = page.split('\n').filter((line) => line.startsWith('{"id"') && !line.includes('…'))

test('every line that the page shows is one that the schema takes', () => {
  expect(examples.length).toBeGreaterThan(6)
  for (const line of examples) {
    const schema = line.includes('"call"') ? requestSchema : line.includes('"name"') ? helloReplySchema : replySchema
    expect([line, schema.safeParse(JSON.parse(line)).error]).toEqual([line, undefined])
  }
})

test('the page has every request, every word and the version', () => {
  const calls = requestSchema.options.map(({ shape }) => [...shape.call.values][0] ?? '')
  for (const word of [...calls, ...capabilityNames, ...flawNames, ...limitNames, ...observationNames]) {
    expect(page).toMatch(new RegExp(`\\b${word}\\b`))
  }
  expect(page).toContain(`protocol **${protocolVersion}**`)
})

test('lists are words with one blank between them, known ones, or none', () => {
  const hello = JSON.parse(examples.find((line) => line.includes('"name"')) ?? '{}')
  const read = (interfaces: string) => helloReplySchema.safeParse({ ...hello, interfaces })
  expect(read('type1 kvm').data?.interfaces).toEqual(['type1', 'kvm'])
  expect(read('').data?.interfaces).toEqual([])
  expect(read('type1 type9').error?.issues[0]?.message).toContain('expected words out of: type1 type1v2')
})
