import { expect, test } from 'vitest'
import { fieldsOf } from './key-values.js'

const read = (text: string) => fieldsOf('scope', text.split(','), ['pages', 'start', 'calls'])

test('fields are numbers, truths and words, with or without spaces around them', () => {
  expect(read('pages=4, start = private,calls=true')).toEqual({
    ok: true,
    value: { pages: 4, start: 'private', calls: true },
  })
  expect(read('pages=-1')).toMatchObject({ value: { pages: -1 } })
})

test.each([
  ['pages=4,leaves=2', 'scope: no field "leaves"; there are pages, start, calls', 1],
  ['toString=1', 'scope: no field "toString"; there are pages, start, calls', 0],
  ['pages', 'scope: found "pages", expected pages=VALUE', 0],
  ['pages=', 'scope: found "pages=", expected pages=VALUE', 0],
  ['calls=true,pages=2=3', 'scope: found "pages=2=3", expected pages=VALUE', 1],
  ['pages=2,calls=true,pages=4', 'scope: "pages" stands here twice', 2],
  ['pages=2,pages=2', 'scope: "pages" stands here twice', 1],
])('%s is refused at its place: %s', (text, message, index) => {
  expect(read(text)).toEqual({ ok: false, problem: { message, place: { kind: 'word', index } } })
})
