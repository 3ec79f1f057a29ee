import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { explainedNames } from '../cli/commands/explain.js'
import { assemble } from '../cli/program.js'
import { fakeIo } from '../cli/testing/fake-io.js'
import { wordTexts } from '../report/explain/words.js'
import { builtIn } from '../search/catalogue/catalogue.js'
import { shapes } from './shapes.js'

const program = await assemble(fakeIo(), () => undefined)
const names = new Set(explainedNames(builtIn, program))
const unexplained = (words: Iterable<string>): string[] =>
  [...words].filter((word) => !names.has(word) && wordTexts(word).length === 0)

/** The words that a JSON Schema enumerates, anywhere in it. */
function* enumerated(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return
  const { enum: values = [], const: value } = node as { enum?: unknown[]; const?: unknown }
  for (const word of [...values, value]) if (typeof word === 'string') yield word
  for (const part of Object.values(node)) yield* enumerated(part)
}

test('explain knows every word that a schema of what is printed or read enumerates', () => {
  const schemas = shapes.map(({ schema }) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))
  const words = new Set(schemas.flatMap((schema) => [...enumerated(schema)]))
  expect(words.size).toBeGreaterThan(150)
  expect(unexplained(words)).toEqual([])
  expect(unexplained(['no-such-word'])).toEqual(['no-such-word'])
})

test('explain knows every command, and every word that an option or an argument can be', () => {
  const accepted = ({ commands, options, registeredArguments }: Command): string[] => [
    ...[...options, ...registeredArguments].flatMap(({ argChoices = [] }) => argChoices),
    ...commands.flatMap((command) => accepted(command)),
  ]
  const lists = new Set(['list', 'completion'])
  const choices = program.commands.filter((command) => !lists.has(command.name())).flatMap(accepted)
  expect(choices.length).toBeGreaterThan(20)
  expect(unexplained([...program.commands.map((command) => command.name()), ...choices])).toEqual(['complete'])
})
