import { expect, test } from 'vitest'
import { readHello as read } from './handshake.js'

/** A reply has more than what is known to be right of it. */
const readHello = (said: object) => read({ outcome: 'ok', ...said })
const right = {
  id: 0,
  outcome: 'ok',
  protocol: 1,
  name: 'm',
  interfaces: 'iommufd',
  flaws: '',
  limits: '',
  observes: '',
  devices: 1,
  pages: 16,
}

test.each<[string, object, string]>([
  ['a refusal without fields', { outcome: 'ENODEV' }, 'found outcome ENODEV, expected ok'],
  ['a refusal with fields', { ...right, outcome: 'ENODEV' }, 'found outcome ENODEV, expected ok'],
  ['another version', { id: 0, outcome: 'ok', protocol: 9, shape: 'new' }, 'found protocol 9, expected 1'],
  ['no version', { id: 0, outcome: 'ok' }, 'protocol: found nothing, expected number'],
  ['no pages', { ...right, pages: 0 }, 'pages: found 0, expected number to be >=1'],
  ['less than a superpage', { ...right, pages: 2 }, 'pages: found 2, expected at least 4, a superpage'],
  ['less than its superpage', { ...right, superpages: '8 512', pages: 4 }, 'pages: found 4, expected at least 8'],
  [
    'a guest that its superpages do not fit',
    { ...right, superpages: '512', pages: 8 },
    'pages: found 8, expected at least 16',
  ],
  ...['0', '', 'abc', '3', '4  8', '-4', '4.0', '1e2'].map((sizes): [string, object, string] => [
    `superpages "${sizes}"`,
    { ...right, superpages: sizes },
    `superpages: found "${sizes}", expected powers of two with one blank between them`,
  ]),
  ['nine devices', { ...right, devices: 9 }, 'devices: found 9, expected number to be <=8'],
  ['a field that there is not', { ...right, luck: 1 }, 'found "luck", expected no such field'],
])('a hello with %s is refused by the field, with what was expected', (_, said, message) => {
  const hello = readHello(said)
  expect(hello.ok ? '' : hello.problem.message).toContain(`hello: ${message}`)
})

test.each([
  ['1', 1],
  ['4', 4],
  ['512 4 1', 4],
  ['512', 16],
  [undefined, 4],
])('a hello with superpages %s can be that small: %d pages', (superpages, pages) => {
  const hello = readHello({ ...right, pages, ...(superpages === undefined ? {} : { superpages }) })
  expect(hello).toMatchObject({ ok: true, value: { pages, interfaces: ['iommufd'] } })
})

test('Secure EPT has no superpages, and may be as small as a page', () => {
  expect(readHello({ ...right, interfaces: 'sept', pages: 1 })).toMatchObject({ ok: true, value: { pages: 1 } })
})
