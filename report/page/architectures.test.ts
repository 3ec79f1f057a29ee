/** @module-tag long */
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import type { Packing } from '../../checker/packing/packing.js'
import { catalogueFolder, litmusTexts } from '../../litmus/catalogue.js'
import { makeLitmus } from '../../litmus/litmus.js'
import { runLitmus } from '../../litmus/run.js'
import { type ArchitectureCell, architectureNames, judgeArchitectures } from '../../search/compare/architectures.js'
import { golden } from '../testing/golden.js'
import { architecturesPage, firstScreen, type LitmusLine } from './architectures.js'
import { Counterexamples } from './counterexamples.js'

const page = new URL('../../docs/architectures.md', import.meta.url)
const runs = new URL('../../docs/counterexamples.md', import.meta.url)
const readme = new URL('../../README.md', import.meta.url)
const minutes = 900_000
const room = (packing: Packing) => makeOwnMemory(packing, 2_000_000)

/** The same test on another architecture: its platform line says so, or it gets one. pKVM has one backing alone. */
function on(text: string, architecture: string): string {
  const fields = architecture === 'pkvm' ? 'architecture=pkvm backings=in-place' : `architecture=${architecture}`
  return withLine(architecture === 'pkvm' ? inPlace(text) : text, 'platform', fields, `linux-7.2 ${fields}`)
}

const inPlace = (text: string): string =>
  /^scope .*backing=/m.test(text) ? text : withLine(text, 'scope', 'backing=in-place', 'backing=in-place')

/** A test whose line of settings says more; it gets the line before its first one if it has none. */
function withLine(text: string, name: string, more: string, whole: string): string {
  const line = new RegExp(`^${name} .*$`, 'm')
  if (line.test(text)) return text.replace(line, `$& ${more}`)
  return text.replace(/^(?=scope |parts |driver |lock |\{)/m, `${name} ${whole}\n`)
}

function resultOf(text: string): string {
  const made = makeLitmus(text)
  return made.ok ? runLitmus(made.value).observation : 'not asked'
}

function litmusLines(): LitmusLine[] {
  return litmusTexts(catalogueFolder).map((text) => {
    const name = /^DMA (\S+)/.exec(text)?.[1] ?? ''
    const results = architectureNames.map((architecture) =>
      architecture === 'tdx' ? resultOf(text) : resultOf(on(text, architecture)),
    )
    return { name, results }
  })
}

/** What the page says before its tables; written by hand, in the page itself. */
const headOf = (text: string): string => text.slice(0, text.indexOf('\n## '))

const isHeld = ({ verdicts }: ArchitectureCell): boolean => verdicts.every(({ verdict }) => verdict === 'held')

let cells: readonly ArchitectureCell[] = []
let found = new Counterexamples([])
beforeAll(() => {
  cells = must(judgeArchitectures(room))
  found = new Counterexamples(cells)
}, minutes)

test('docs/architectures.md says what the searches of all states find', { timeout: minutes }, () => {
  const text = architecturesPage(headOf(readFileSync(page, 'utf8')), cells, litmusLines(), found)
  expect(text).toBe(golden(page, text))
  const open = cells.flatMap(({ verdicts }) => verdicts.filter(({ verdict }) => /^(inconc|vac)/.test(verdict)))
  expect(open).toEqual([])
})

test('docs/counterexamples.md has each counterexample to which the table leads, once', () => {
  const text = found.page(headOf(readFileSync(runs, 'utf8')))
  expect(text).toBe(golden(runs, text))
  const led = [...readFileSync(page, 'utf8').matchAll(/counterexamples\.md#(counterexample-\d+)/g)].map(([, at]) => at)
  const shown = [...text.matchAll(/^## (Counterexample \d+)$/gm)].map(([, name = '']) =>
    name.toLowerCase().replace(' ', '-'),
  )
  expect(new Set(led)).toEqual(new Set(shown))
})

test('the first screen of README has the verdicts of some designs on every architecture', () => {
  const text = readFileSync(readme, 'utf8')
  const [table] = /^\| in place .*(?:\n\|.*)*/m.exec(text) ?? []
  if (table === undefined) throw new Error('README has no table that begins with "in place"')
  const updated = text.replace(table, firstScreen(cells, found))
  expect(updated).toBe(golden(readme, updated))
  expect(text.slice(0, text.indexOf(table)).split('\n').length).toBeLessThan(25)
})

test('a design that assigns a page before it cuts its entry falls on SEV-SNP, and cites the size of the check', () => {
  const ofDesign = cells.filter(({ design }) => design === 'hitless-cut/assign-first')
  const text = architecturesPage('', ofDesign, [], found)
  const line = text.split('\n').find((one) => /^\| hitless-cut\/assign-first .* in-place \|/.test(one))
  expect(line).toMatch(/AMD SEV-SNP: .*`snp\.dma\/leaf-size-checked`/)
  const held = ofDesign.filter(isHeld).map(({ backing, architecture }) => `${backing} ${architecture}`)
  const separate = architectureNames.filter((name) => name !== 'pkvm').map((name) => `separate ${name}`)
  expect(held).toEqual([...separate, 'in-place pkvm'])
})

test('a reason for a design that holds says whether a DMA comes to private memory, and what ends it there', () => {
  const held = cells.filter(isHeld)
  const reached = held.filter(({ meetsPrivate }) => meetsPrivate)
  // Under pKVM the map of the hypervisor stops a DMA for which the host's table still has an entry.
  expect(new Set(reached.map(({ architecture }) => architecture))).toEqual(new Set(['pkvm']))
  const [cell] = held.filter(({ architecture }) => architecture === 'arm-cca')
  if (cell === undefined) throw new Error('no design holds on arm-cca')
  expect(architecturesPage('', [cell], [], found)).toContain("| no DMA ever comes to a frame that is the guest's |")
  expect(architecturesPage('', [{ ...cell, meetsPrivate: true }], [], found)).toContain('`cca.dma/fault-contained` |')
})
