import { expect, test } from 'vitest'
import { makePaint } from '../../report/text/paint.js'
import { onTerminal } from './io.js'

test('a terminal gets our colours, and the name of what else would rule it', () => {
  const red = makePaint(true).verdict('violated', 'violated')
  expect(onTerminal(`${red}\n\ta\u001b[2J\u001b]0;title\u0007\u202eb\rc\u001b[8m`)).toBe(
    `${red}\n\ta[U+001B][2J[U+001B]]0;title[U+0007][U+202E]b[U+000D]c[U+001B][8m`,
  )
})
