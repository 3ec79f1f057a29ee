import { expect, test } from 'vitest'
import { brokenLinks } from './site-links.js'

const other = '<h2 id="here">Here</h2>'
const report = (html: string) =>
  brokenLinks({
    pages: new Map([
      ['index.html', html],
      ['documents/other.html', other],
    ]),
    paths: new Set(['index.html', 'documents/other.html', 'media/a.json']),
  })

test('links to pages, anchors, files and the web pass', () => {
  const links = ['documents/other.html', 'documents/other.html#here', '#top', 'media/a.json', 'https://example.org/#x']
  expect(report(`<p id="top">${links.map((to) => `<a href="${to}">x</a>`).join('')}</p>`)).toEqual([])
})

test('a link to a page, file or anchor that there is not is reported with page and line', () => {
  expect(
    report('<p>\n<a href="gone.html">x</a>\n<a href="documents/other.html#gone">y</a><img src="gone.png"/></p>'),
  ).toEqual([
    'index.html:2: no such file: gone.html',
    'index.html:3: no such anchor: documents/other.html#gone',
    'index.html:3: no such file: gone.png',
  ])
})

test('what a browser would load from the web is reported', () => {
  expect(report('<script src="https://example.org/x.js"></script>')).toEqual([
    'index.html:1: loads https://example.org/x.js',
  ])
})
