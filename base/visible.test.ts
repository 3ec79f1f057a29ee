import { expect, test } from 'vitest'
import { visible } from './visible.js'

test.each<[string, string, string]>([
  ['NUL', 'a\0b', 'a[U+0000]b'],
  ['a sequence that rules a terminal', '\u001b[2J\u009b31m', '[U+001B][2J[U+009B]31m'],
  ['a mark that turns the direction', 'a\u202eb\u2066c\u200fd', 'a[U+202E]b[U+2066]c[U+200F]d'],
  ['a blank without width', 'a\u200bb\ufeff', 'a[U+200B]b[U+FEFF]'],
  ['a line separator', 'a\u2028b', 'a[U+2028]b'],
  ['half a pair', 'a\ud800b', 'a[U+D800]b'],
  ['a carriage return that overwrites a line', 'good\rbad', 'good[U+000D]bad'],
])('%s is named', (_, text, shown) => {
  expect(visible(text)).toBe(shown)
})

test.each(['a b\n\tc', 'ä ✓ → 漢 שלום مرحبا', '😀 e\u0301', '<script>|`'])('%j stays as it is', (text) => {
  expect(visible(text)).toBe(text)
})

test('lines that end as on Windows end as elsewhere', () => {
  expect(visible('a\r\nb')).toBe('a\nb')
})
