import { marked } from 'marked'
import { expect, test } from 'vitest'
import { columnsOfTrace } from '../report/columns/columns.js'
import { markdownOf } from './markdown.js'
import { mermaidOf } from './mermaid.js'
import { hostileTexts, hostileTrace, raceTrace } from './testing/traces.js'

/** What a renderer makes of it: kind and language or text of each block. */
const blocks = (text: string): string[] =>
  marked.lexer(text).flatMap((token) => {
    if (token.type === 'space') return []
    return [token.type === 'code' ? `code ${token.lang}` : token.type === 'html' ? token.raw.trim() : token.type]
  })

const whole = [
  'heading',
  'paragraph',
  'code text',
  '<details><summary>As a diagram</summary>',
  'code mermaid',
  '</details>',
  'code sh',
]

test('a trace is a heading, its columns, its diagram folded in, and how to replay it', () => {
  const text = markdownOf(raceTrace, 'a trace.ndjson')
  expect(blocks(text)).toEqual(whole)
  const codes = marked.lexer(text).flatMap((token) => (token.type === 'code' ? [token.text] : []))
  expect(codes).toEqual([columnsOfTrace(raceTrace), mermaidOf(raceTrace).trimEnd(), "dmaproof replay 'a trace.ndjson'"])
})

test.each(hostileTexts)('a text %j of a trace stays in code', (hostile) => {
  const text = markdownOf(hostileTrace(hostile), hostile)
  expect(blocks(text)).toEqual(whole)
  const outside = marked
    .lexer(text)
    .flatMap((token) => (token.type === 'heading' || token.type === 'paragraph' ? (token.tokens ?? []) : []))
    .filter(({ type }) => type !== 'codespan')
    .map(({ raw }) => raw)
  expect(outside).toEqual([`: ${raceTrace.steps.length} actions`, 'On ', ':'])
})
