import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { quoted } from '../text/command.js'
import { foldText } from './fold.js'
import { mailWidth } from './wrap.js'

test('lines that are too long are broken at blanks and hang; the others, and blanks within a line, stay', () => {
  const text = `short   line\n  ✓ no-stale-frame       ${'word '.repeat(20).trim()}\n`
  const lines = foldText(text).split('\n')
  expect(lines.filter((line) => line.length > mailWidth)).toEqual([])
  expect(lines.slice(0, 2).map((line) => line.slice(0, 25))).toEqual(['short   line', '  ✓ no-stale-frame       '])
  expect(lines[2]).toMatch(/^ {6}word/)
  expect(foldText(text).split(/\s+/)).toEqual(text.split(/\s+/))
})

test('a word that is too long stays whole, on a line of its own', () => {
  const path = `/${'x'.repeat(90)}`
  expect(foldText(`  kept in ${path} for you`)).toBe(`  kept in\n      ${path}\n      for you`)
})

test('a word that does not fit where its line begins stands less deep', () => {
  const word = 'x'.repeat(60)
  expect(foldText(`${' '.repeat(50)}${word}`)).toBe(`${' '.repeat(12)}${word}`)
  expect(foldText(`${' '.repeat(50)}short ${word}`)).toBe(`${' '.repeat(50)}short\n${' '.repeat(12)}${word}`)
})

test('a command is continued as a shell takes it', () => {
  const words = Array.from({ length: 12 }, (_, index) => `word-${index} 'of it'`)
  const [, command = ''] = foldText(`  replay: dmaproof replay ${words.map(quoted).join(' ')}`).split(
    'replay: dmaproof ',
  )
  const said = execFileSync('sh', ['-c', `printf '%s\n' ${command}`], { encoding: 'utf8' })
  expect(said.trim().split('\n')).toEqual(['replay', ...words])
})

test('so is a command that npx starts, as the messages of a suite print it', () => {
  const lines = foldText(`replay: npx dmaproof replay ${'x'.repeat(40)} --designs ${'y'.repeat(20)}`).split('\n')
  expect(lines).toEqual([`replay: npx dmaproof replay ${'x'.repeat(40)} \\`, `    --designs ${'y'.repeat(20)}`])
})

test('what a machine reads stays one line: a saved trace, and the answer that tools of herd read', () => {
  const lines = [`{"a":"${'b '.repeat(60)}"}`, `Observation ${'name '.repeat(20)}`]
  expect(foldText(lines.join('\n'))).toBe(lines.join('\n'))
})
