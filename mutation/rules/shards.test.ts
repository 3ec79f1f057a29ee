import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { instrument, type RuleMutant } from './instrument.js'
import { parseShard, shardOf } from './sample.js'
import { isEnough, type JudgedMutant, linesOf, scoreOf } from './score.js'
import { merged, readShards, type ShardResult, shardFile } from './whole.js'

const mutant = (id: number): RuleMutant => {
  const place = { file: 'model/a.ts', line: id + 1, column: 1 }
  return { id, ...place, operator: 'ConditionalExpression', was: 'a > b', becomes: 'true' }
}

function judged(end: JudgedMutant['end'], count = 1, file = 'model/a.ts'): JudgedMutant[] {
  const { id, ...rest } = mutant(0)
  return Array.from({ length: count }, () => ({ ...rest, file, end }))
}

const emptyFolder = () => mkdtempSync(join(tmpdir(), 'shards-'))
const resultOf = (digest: string, ...found: JudgedMutant[]): ShardResult => ({ digest, total: 9, judged: found })

test('every mutant is in exactly one shard', () => {
  const mutants = [0, 1, 2, 3, 4, 5, 6].map(mutant)
  const shards = [1, 2, 3].map((number) => shardOf(mutants, { number, of: 3 }))
  expect(shards.map(({ length }) => length)).toEqual([3, 2, 2])
  expect(shards.flat().sort((a, b) => a.id - b.id)).toEqual(mutants)
})

test('a shard that there cannot be is refused', () => {
  expect(parseShard('3/40')).toEqual({ number: 3, of: 40 })
  for (const text of ['0/4', '5/4', '3', 'a/b', '1/4x']) expect(() => parseShard(text)).toThrow(`'${text}'; expected`)
})

test('the score is of those that were judged: not of equivalent ones, nor of those in tables', () => {
  const all = [...judged('killed', 8), ...judged('endless'), ...judged('equivalent', 5), ...judged('in a table', 5)]
  expect([scoreOf(all).percent, isEnough([...all, ...judged('survives')])]).toEqual([100, true])
  const one = [...all, ...judged('survives'), ...judged('met by no test')]
  expect(scoreOf(one)).toMatchObject({ killed: 9, judged: 11 })
  expect(isEnough(one)).toBe(false)
  expect(linesOf(one, 50).at(-1)).toContain('21 of 50 mutants: 9 of 11 killed, 81.8 %, 1 by time; 5 are equivalent')
})

test('each mutant that no test killed is printed, and each file of which too few were', () => {
  const weak = [...judged('killed', 2, 'model/weak.ts'), ...judged('survives', 2, 'model/weak.ts')]
  const lines = linesOf([...judged('killed', 9), ...judged('survives'), ...weak], 50)
  expect(lines.filter((line) => line.startsWith('survives: model/weak.ts:1:1'))).toHaveLength(2)
  expect(lines.filter((line) => line.startsWith('below'))).toEqual(['below 75 %: model/weak.ts, 2 of 4 killed'])
})

test('shards are read as far as they are there, and make one result', () => {
  const folder = emptyFolder()
  writeFileSync(shardFile(folder, 1, 3), JSON.stringify(resultOf('x', ...judged('killed'))))
  writeFileSync(shardFile(folder, 3, 3), JSON.stringify(resultOf('x', ...judged('survives'))))
  writeFileSync(shardFile(folder, 2, 4), JSON.stringify(resultOf('y', ...judged('killed', 9))))
  const shards = readShards(folder, 3)
  expect([...shards.keys()]).toEqual([1, 3])
  expect(scoreOf(merged(shards).judged)).toMatchObject({ killed: 1, judged: 2 })
})

test('shards of rules that were changed in between are not added up, nor are files that are no results', () => {
  const shards = [resultOf('x', ...judged('killed')), resultOf('y', ...judged('killed'))]
  const read = new Map(shards.map((one, index) => [index + 1, one]))
  expect(() => merged(read)).toThrow('shard 2 has mutants of digest y, shard 1 of x')
  expect(() => merged(new Map())).toThrow('no shard has been judged')
  const folder = emptyFolder()
  writeFileSync(shardFile(folder, 1, 1), '{"digest":"x"}')
  expect(() => readShards(folder, 1)).toThrow('shard-1-of-1.json is no result of a shard')
})

test('code has the mutants that are asked for and no other, and counts its blocks', async () => {
  const folder = emptyFolder()
  writeFileSync(join(folder, 'a.ts'), 'export function f(a) {\n  return a > 1\n}\nexport const g = (a) => f(a)\n')
  const { mutants, codeWith } = await instrument(folder, ['a.ts'])
  const { id = -1 } = mutants.find(({ becomes }) => becomes === 'a >= 1') ?? {}
  const code = (...ids: number[]) => codeWith(new Set(ids)).get(join(folder, 'a.ts')) ?? ''
  expect(code().match(/active|reach|wrap|stry/g)).toBeNull()
  expect(code()).toContain('mutants.pass()')
  expect(code(id).match(/mutants\.\w+\(?\d*/g)).toEqual([
    'mutants.pass(',
    'mutants.active',
    'mutants.hit(',
    `mutants.reach(${id}`,
  ])
  expect(code(id)).toContain(`mutants.active === ${id}`)
})
