import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { imports, OwnProject, ownDesign } from './testing/own-project.js'

const document = readFileSync(new URL('../docs/own-designs.md', import.meta.url), 'utf8')
const [, name = '', text = ''] = /^```js (shared-only\.mjs)\n([\s\S]*?)^```$/m.exec(document) ?? []
const unmapsFirst = `toPrivate: [steps.acquire('vm'), { call: 'unmap', on: ranges.chunk },
  { call: 'set-private', on: ranges.chunk }, { call: 'discard-shared', on: ranges.chunk }, steps.release('vm')],`
const project = new OwnProject({
  [name]: text,
  'mine.mjs': `${imports}export const mine = ${ownDesign('mine')}\n`,
  'first.mjs': `${imports}export const first = ${ownDesign('first', unmapsFirst)}\n`,
})
afterAll(() => project.remove())

test('the property of docs/own-designs.md is violated where a mapping outlives the attribute, else held', {
  tags: 'long',
}, () => {
  const explored = (design: string) => [
    ...['explore', design, '--designs', `${design}.mjs`, name, '--property', 'mapped-is-shared'],
    ...['--scope', 'pages=2,vcpus=1'],
  ]
  const [violated, held] = project.ran(explored('mine'), explored('first'))
  expect([violated?.status, held?.status]).toEqual([1, 0])
  expect(violated?.out).toMatch(/mapped-is-shared: page \d is mapped, and its attribute is private/)
  expect(violated?.out).toContain('[ours.mapping/shared-only]')
  expect(held?.out).toMatch(/mapped-is-shared +held: all [\d,]+ states/)
})
