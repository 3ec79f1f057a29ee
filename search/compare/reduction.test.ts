import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { builtIn } from '../catalogue/catalogue.js'
import { type Reached, reach, reducibleCells } from '../testing/reduction.js'
import type { MatrixCell } from './matrix.js'

const pinned = new URL('../../docs/reduction.txt', import.meta.url)
const isUpdate = process.env.DMAPROOF_UPDATE === '1'

const heading = `\
What the reduced search saves (dmaproof explore --reduce): the cells of the comparison at their smallest sizes and on
their first platform, without conversion-ends, up to symmetry. States that are stored and steps that lead from them, by
the plain and by the reduced search, and how many times fewer. In each cell both find the same properties violated, and
the same witnesses.
`

function nameOf({ setup, asks }: MatrixCell): string {
  const { design, driver, platform, parts = [], scope } = setup
  const sizes = Object.entries(scope).map(([name, value]) => `${name}=${value}`)
  return [design, driver, platform, ...(parts.length > 0 ? [`parts=${parts}`] : []), sizes.join(','), asks ?? []]
    .flat()
    .join(' ')
}

const times = (plain: number, reduced: number): string => (plain / reduced).toFixed(2)
const lineOf = (cell: MatrixCell, plain: Reached, reduced: Reached): string =>
  `${nameOf(cell)}: states ${plain.states} ${reduced.states} ${times(plain.states, reduced.states)}, ` +
  `steps ${plain.steps} ${reduced.steps} ${times(plain.steps, reduced.steps)}`

const lines = isUpdate ? [] : readFileSync(pinned, 'utf8').split('\n')
const statesOf = (line: string): number => Number(/: states (\d+) /.exec(line)?.[1] ?? Number.NaN)
const every = 12
const few = 3000
/** All cells where the file is written; else some of the small ones. */
const cells = reducibleCells(builtIn).filter((cell, index) => {
  const line = lines.find((one) => one.startsWith(`${nameOf(cell)}:`))
  return isUpdate || (index % every === 0 && line !== undefined && statesOf(line) <= few)
})

test('the reduced search finds in each cell what the plain one does, and saves what docs/reduction.txt says', () => {
  const found = cells.flatMap((cell) => {
    const plain = reach(cell, false, builtIn)
    const reduced = plain && reach(cell, true, builtIn)
    if (plain === undefined || reduced === undefined) return []
    const said = ({ violated, witnessed }: Reached) => ({ cell: nameOf(cell), violated, witnessed })
    expect(said(reduced)).toEqual(said(plain))
    return [lineOf(cell, plain, reduced)]
  })
  if (isUpdate) writeFileSync(pinned, `${heading}\n${found.join('\n')}\n`)
  expect(found.length).toBeGreaterThan(5)
  expect(readFileSync(pinned, 'utf8').split('\n')).toEqual(expect.arrayContaining(found))
}, 3_000_000)
