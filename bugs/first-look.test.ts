import { expect, test } from 'vitest'
import { golden } from '../report/testing/golden.js'
import { firstLook } from './first-look.js'
import { bugs } from './index.js'

const seed = 1

/** Where, after how many random runs, and in how many actions. */
function lineOf(bug: (typeof bugs)[number]): string {
  const found = firstLook(bug, seed)
  const said = found === undefined ? 'not yet' : `${found.configuration}: ${found.runs} runs, ${found.steps} actions`
  return `${bug.id.padEnd(5)} ${bug.breaks.padEnd(21)} ${said}`
}

test('what a first look of check finds in the museum, which depends on the seed alone', () => {
  const lines = bugs.map(lineOf)
  const found = lines.filter((line) => !line.endsWith('not yet')).length
  const text = `${lines.join('\n')}\n\n${found} of ${bugs.length} at a first look, seed ${seed}\n`
  expect(text).toBe(golden(new URL('./golden/first-look.txt', import.meta.url), text))
  expect(found).toBeGreaterThan(0.8 * bugs.length)
}, 300_000)
