import { expect, test } from 'vitest'
import { makeScope, type ScopeInput } from './scope.js'

const message = (input: object) => {
  const made = makeScope(input as ScopeInput)
  return made.ok ? 'ok' : made.problem.message
}

test('a scope of nothing is the default machine', () => {
  const made = makeScope()
  expect(made).toMatchObject({ ok: true, value: { pages: 4, pagesPerSuperpage: 2, entryLimit: 65_535 } })
})

test.each([
  ['pages', { pages: 0 }],
  ['pages', { pages: 3 }],
  ['pages', { pages: 2.5 }],
  ['pages', { pages: '4' }],
  ['pages', { pages: 2 ** 26 }],
  ['pagesPerSuperpage', { pages: 6, pagesPerSuperpage: 3 }],
  ['pagesPerSuperpage', { pagesPerSuperpage: 1024 }],
  ['frames', { pages: 128, frames: 'pool' }],
  ['backing', { backing: 'both' }],
  ['memslotLimit', { memslotLimit: 32_765 }],
  ['entryLimit', { entryLimit: -1 }],
  ['failures', { failures: 256 }],
])('a scope that cannot be names %s: %j', (field, input) => {
  expect(message(input)).toContain(`scope.${field}: `)
})

test.each([
  ['failures', 0, 255],
  ['vcpus', 1, 8],
] as const)('%s may be the least and the most that there is, and nothing beside', (field, least, most) => {
  expect([least, most].map((value) => message({ [field]: value }))).toEqual(['ok', 'ok'])
  const beside = [least - 1, most + 1, least + 0.5, Number.NaN].map((value) => message({ [field]: value }))
  for (const said of beside) expect(said).toContain(`scope.${field}: `)
})

test('a field that a scope does not have is refused by its name', () => {
  expect(message({ page: 4 })).toMatch(/^scope: no field "page"; there are pages, pagesPerSuperpage, /)
})

test('a scope says what it found and what it expected', () => {
  expect(message({ pages: 6, pagesPerSuperpage: 4 })).toBe(
    'scope.pages: found 6, expected a multiple of pagesPerSuperpage (4)',
  )
})

test('a scope has memory besides the pages of a device, and a flag is true or false', () => {
  expect(message({ pages: 4, devicePages: 4 })).toBe('scope.devicePages: found 4, expected less than pages (4)')
  expect(message({ pages: 4, devicePages: 2 })).toBe('ok')
  expect(message({ teardown: 'yes' })).toBe('scope.teardown: found yes, expected true or false')
})
