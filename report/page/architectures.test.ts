import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import type { Packing } from '../../checker/packing.js'
import { makeMemory } from '../../checker/state-store.js'
import { catalogueFolder, litmusTexts } from '../../litmus/catalogue.js'
import { makeLitmus } from '../../litmus/litmus.js'
import { runLitmus } from '../../litmus/run.js'
import { type ArchitectureCell, architectureNames, judgeArchitectures } from '../../search/compare/architectures.js'
import { golden } from '../testing/golden.js'
import { architecturesPage, type LitmusLine } from './architectures.js'

const page = new URL('../../docs/architectures.md', import.meta.url)
const minutes = 900_000
const room = (packing: Packing) => makeMemory(packing, 2_000_000)

/** The same test on another architecture: its platform line says so, or it gets one. */
function on(text: string, architecture: string): string {
  if (/^platform /m.test(text)) return text.replace(/^platform .*$/m, `$& architecture=${architecture}`)
  return text.replace(/^(?=scope |parts |driver |lock |\{)/m, `platform linux-7.2 architecture=${architecture}\n`)
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
const headOf = (text: string): string => text.slice(0, text.indexOf('\n|'))

const isHeld = ({ verdicts }: ArchitectureCell): boolean => verdicts.every(({ verdict }) => verdict === 'held')

describe('docs/architectures.md', () => {
  test('says what the searches of all states find', { timeout: minutes }, () => {
    const cells = must(judgeArchitectures(room))
    const text = architecturesPage(headOf(readFileSync(page, 'utf8')), cells, litmusLines())
    expect(text).toBe(golden(page, text))
    const open = cells.flatMap(({ verdicts }) => verdicts.filter(({ verdict }) => /^(inconc|vac)/.test(verdict)))
    expect(open).toEqual([])
  })
})

test('a design that assigns a page before it cuts its entry falls on SEV-SNP, and cites the size of the check', () => {
  const cells = must(judgeArchitectures(room, ['hitless-cut/assign-first']))
  const text = architecturesPage('', cells, [])
  const line = text.split('\n').find((one) => /^\| hitless-cut\/assign-first .* in-place \| sev-snp /.test(one))
  expect(line).toContain('snp.dma/leaf-size-checked')
  expect(new Set(cells.filter(isHeld).map(({ backing }) => backing))).toEqual(new Set(['separate']))
})
