import { describe, expect, test } from 'vitest'
import { builtIn } from '../catalogue/catalogue.js'
import { proofs } from './exhaustive-matrix.js'
import { cells } from './matrix.js'
import { smallest, withSizes } from './proof-scopes.js'

const sizesOf = ({ setup: { scope } }: { readonly setup: { readonly scope: object } }) => {
  const { pages, pagesPerSuperpage, vcpus } = scope as Readonly<Record<string, number>>
  return [pages, pagesPerSuperpage, vcpus]
}

describe('the proof of a cell', () => {
  test('judges each of its properties on one machine', () => {
    for (const cell of cells()) {
      const judged = smallest(cell, builtIn).flatMap(({ properties }) => properties)
      expect([...judged].sort()).toEqual([...cell.properties].sort())
    }
  })

  test('has one superpage and one vCPU, or the sizes that its exception states', () => {
    const all = proofs([], builtIn, smallest).filter(({ asks }) => asks === undefined)
    const plain = all.filter(
      ({ setup }) => setup.design !== 'bounce-pool' && setup.parts?.includes('secureEpt') !== true,
    )
    expect(new Set(plain.map((proof) => sizesOf(proof).join()))).toEqual(new Set(['2,2,1']))
    expect(new Set(all.map((proof) => sizesOf(proof).join()))).toEqual(new Set(['2,2,1', '1,1,1', '4,2,1', '2,1,1']))
  })

  test('keeps a limit of entries as far from the number of pages', () => {
    const limited = cells().filter(({ setup }) => setup.scope.entryLimit !== undefined)
    const far = ({ scope: { pages = 0, entryLimit = 0 } }: (typeof limited)[number]['setup']) => pages - entryLimit
    for (const cell of limited) {
      expect(smallest(cell, builtIn).map(({ setup }) => far(setup))).toEqual([far(cell.setup)])
    }
  })
})

describe('sizes that the user wants', () => {
  const wanted = proofs([], builtIn, withSizes({ pages: 4, vcpus: 2, backing: 'in-place' }))

  test('are those of every machine', () => {
    expect(new Set(wanted.map((proof) => sizesOf(proof)[2]))).toEqual(new Set([2]))
    expect(new Set(wanted.map((proof) => sizesOf(proof)[0]))).toEqual(new Set([4]))
  })

  test('leave what a cell asks about', () => {
    const backings = (all: readonly { readonly setup: { readonly scope: { readonly backing?: unknown } } }[]) =>
      all.filter(({ setup }) => setup.scope.backing === 'separate').length
    expect(backings(wanted)).toBe(backings(proofs([], builtIn, smallest)))
  })

  test('leave a cell as it is whose numbers would not fit each other', () => {
    const odd = proofs(['on-demand-superpage'], builtIn, withSizes({ pages: 6 }))
    expect(new Set(odd.map((proof) => sizesOf(proof).slice(0, 2).join()))).toEqual(new Set(['6,2', '4,4']))
  })
})
