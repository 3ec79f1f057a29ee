import { expect, test } from 'vitest'
import { show } from './finding.js'
import { positions } from './positions.js'
import { readRepository } from './repository.js'

const report = (text: string, path = 'model/actions/vtd/tables.ts') => positions([{ path, text }]).map(show)

test('no code of this repository takes an argument of an action by its position', () => {
  expect(positions(readRepository()).map(show)).toEqual([])
})

test('an argument by position is reported with the way to name it', () => {
  const name = 'name it: a[arg.gfn], with places() of model/actions/places.ts'
  expect(report('const b = 1\nconst gfn = a[2]\n')).toEqual([
    `model/actions/vtd/tables.ts:2: a[2] is an argument by position; ${name}`,
  ])
  expect(report('code[10] = 1')).toHaveLength(1)
  expect(report('this.code[3]')).toHaveLength(1)
})

test('the kind of a code, a named argument and another list pass', () => {
  expect(report('rows[a[0]].apply(m, s, a[arg.gfn])')).toEqual([])
  expect(report('data[1] + m.code[2] + a[index]')).toEqual([])
  expect(report('a[1] !== b[1]', 'view/map/fold.ts')).toEqual([])
})
