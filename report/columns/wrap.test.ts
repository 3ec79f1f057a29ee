import { expect, test } from 'vitest'
import { wrap } from './wrap.js'

test('a text is broken at spaces, and what follows hangs', () => {
  expect(wrap('one two three four', 9, ' ', '..')).toEqual([' one two', ' ..three', ' ..four'])
})

test('a word that is too long stays whole', () => {
  expect(wrap('a incomprehensibilities b', 6)).toEqual(['a', 'incomprehensibilities', 'b'])
})
