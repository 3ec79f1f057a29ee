import { createHash } from 'node:crypto'
import { visible } from '../../base/visible.js'
import { bySuite, type CiOutcome, type OutcomeStatus, outcomeCount } from './outcome.js'

/** Questions side by side, at most: with more, each suite is a list. */
const maxColumns = 20

const signs: Readonly<Record<OutcomeStatus, string>> = { pass: '✓', fail: '✗', error: '?', skip: '–' }
const means: Readonly<Record<OutcomeStatus, string>> = {
  pass: 'held, or nothing found',
  fail: 'wrong',
  error: 'not judged',
  skip: 'not applicable',
}
const statuses = Object.keys(signs) as OutcomeStatus[]

/** A picture below the table of a page. */
export interface Figure {
  readonly title: string
  /** Our own, with every text in it escaped. Its style is let in by its hash. */
  readonly svg: string
  /** The same for those who do not see it. */
  readonly text: string
}

/**
 * What a command judged, as one HTML file without scripts: a table of subjects and questions, each cell of which opens
 * its reason, with the counterexample where there is one.
 */
export function outcomesPage(command: string, outcomes: readonly CiOutcome[], figures: readonly Figure[] = []): string {
  const cases = outcomes.map((outcome, at) => ({ ...outcome, id: `case-${at + 1}` }))
  const names = [...new Set(cases.map(({ name }) => name))]
  const title = `dmaproof ${command}`
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policyFor(figures)}">`,
    '<meta name="viewport" content="width=device-width">',
    `<title>${inHtml(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${inHtml(title)}</h1>`,
    legend(outcomes),
    ...(names.length <= maxColumns ? matrix(cases, names) : list(cases)),
    ...figures.flatMap(figureLines),
    ...cases.map(section),
    '</main>',
    '</body>',
    '</html>',
  ].join('\n')}\n`
}

type Case = CiOutcome & { readonly id: string }

const legend = (outcomes: readonly CiOutcome[]): string =>
  `<p>${statuses
    .map(
      (status) => `<span class="${status}">${signs[status]}</span> ${outcomeCount(outcomes, status)} ${means[status]}`,
    )
    .join(' · ')}</p>`

function matrix(cases: readonly Case[], names: readonly string[]): string[] {
  const rows = [...bySuite(cases)].map(([suite, own]) => {
    const cells = names.map((name) => {
      const all = own.filter((one) => one.name === name)
      return `<td>${all.map(link).join(' ')}</td>`
    })
    return `<tr><th scope="row">${inHtml(suite)}</th>${cells.join('')}</tr>`
  })
  const head = names.map((name) => `<th scope="col">${inHtml(name)}</th>`).join('')
  return boxed([
    '<table>',
    `<thead><tr><th scope="col">subject</th>${head}</tr></thead>`,
    '<tbody>',
    ...rows,
    '</tbody>',
    '</table>',
  ])
}

/** A line each; with its subject, if there are several. */
function list(cases: readonly Case[]): string[] {
  const hasSubjects = new Set(cases.map(({ suite }) => suite)).size > 1
  const rows = cases.map((one) => {
    const question = `${link(one)} ${inHtml(one.name)}`
    const head = hasSubjects
      ? `<th scope="row">${inHtml(one.suite)}</th><td>${question}</td>`
      : `<th scope="row">${question}</th>`
    return `<tr>${head}<td>${inHtml(one.why)}</td></tr>`
  })
  const heads = [...(hasSubjects ? ['subject'] : []), 'question', 'reason']
  const head = `<thead><tr>${heads.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>`
  return boxed(['<table>', head, '<tbody>', ...rows, '</tbody>', '</table>'])
}

/** A table that is wider or longer than the window scrolls by itself, by the keyboard as well, under its heads. */
const boxed = (table: readonly string[]): string[] => [
  '<div class="box" role="region" aria-label="What was judged" tabindex="0">',
  ...table,
  '</div>',
]

function link({ id, status, suite, name, why }: Case): string {
  const label = inHtml(`${status}: ${name}, ${suite}`)
  return `<a class="${status}" href="#${id}" title="${inHtml(why)}" aria-label="${label}">${signs[status]}</a>`
}

const figureLines = ({ title, svg, text }: Figure): string[] => [
  `<h2>${inHtml(title)}</h2>`,
  svg.trimEnd(),
  `<pre tabindex="0">${inHtml(text)}</pre>`,
]

/** Shown when it is linked to: a page without scripts has no other way to open something. */
function section({ id, suite, name, status, why, detail }: Case): string {
  const shown = detail === undefined || detail === '' ? '' : `\n<pre tabindex="0">${inHtml(detail)}</pre>`
  const head = `<h2><span class="${status}">${signs[status]}</span> ${inHtml(name)}</h2>`
  const said = `<p>${inHtml(suite)}</p><p>${inHtml(why)}</p>${shown}`
  return `<section id="${id}">${head}${said}<p><a href="#">close</a></p></section>`
}

const style = [
  ':root{color-scheme:light dark;font:14px/1.4 system-ui,sans-serif}',
  'main{padding:0 1rem}',
  'table{border-collapse:collapse}',
  'th,td{border:1px solid #8888;padding:.2rem .5rem;text-align:left;vertical-align:top}',
  '.box{max-height:85vh;overflow:auto}',
  'thead th{position:sticky;top:0;z-index:1;background:Canvas}',
  'th[scope=row]{min-width:min(22rem,45vw);font-weight:normal}',
  'td a,th a{text-decoration:none;padding:0 .3rem}',
  '.fail{color:light-dark(#b00020,#ff8a80);font-weight:bold}',
  '.error{color:light-dark(#7a4f00,#ffcc66);font-weight:bold}',
  '.pass{color:light-dark(#006b2e,#7ddc9a)}',
  '.skip{color:light-dark(#595959,#aaaaaa)}',
  'section{display:none;position:fixed;inset:auto 0 0 0;max-height:60vh;overflow:auto}',
  'section{padding:0 1rem;background:Canvas;border-top:3px solid}',
  'section:target{display:block}',
  'pre{overflow:auto}',
  'main>svg{display:block;max-width:60rem}',
].join('\n')

/** Nothing is loaded and no script runs, whatever stands in a name. */
function policyFor(figures: readonly Figure[]): string {
  const own = figures.flatMap(({ svg }) => [...svg.matchAll(/<style>([^<]*)<\/style>/g)].map(([, text = '']) => text))
  return `default-src 'none'; style-src ${[style, ...own].map(hashOf).join(' ')}`
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
/** Noncharacters, which HTML cannot hold, become a question mark. */
const inHtml = (text: string): string =>
  visible(text)
    .replace(/[&<>"']/g, (sign) => entities[sign] ?? sign)
    .replace(/[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?')
