import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { readWorkload } from './workload-file.js'

const read = (text: string) => readWorkload(text, 'own.ndjson')
const problemOf = (text: string) => {
  const result = read(text)
  return result.ok ? undefined : [result.problem.place, result.problem.message]
}

test('a workload is read line by line, with defaults', () => {
  const { steps } = must(
    read('{"op":"convert","gfn":512,"count":4,"to":"shared"}\n\n{"op":"dma","gfn":513,"access":"read"}\n'),
  )
  expect([...steps()]).toEqual([
    { op: 'convert', gfn: 512, count: 4, to: 'shared' },
    { op: 'dma', gfn: 513, count: 1, access: 'read', bounced: false },
  ])
})

test('a wrong line is named with its field', () => {
  const good = '{"op":"dma","gfn":1,"access":"read"}'
  expect(problemOf(`${good}\n{"op":"dma","gfn":-1,"access":"read"}`)).toEqual([
    { kind: 'line', line: 2 },
    expect.stringMatching(/^gfn: /),
  ])
  expect(problemOf('{"op":"convert","gfn":1,"count":1,"to":"public"}')?.[1]).toMatch(/^to: /)
  expect(problemOf('{"op":"erase"}')?.[1]).toMatch(/^op: /)
  expect(problemOf(`${good}\n{`)?.[0]).toEqual({ kind: 'line', line: 2 })
  expect(problemOf('{"op":"dma","gfn":33554431,"count":2,"access":"read"}')?.[1]).toMatch(/^count: found 2/)
  expect(problemOf('{"op":"dma","gfn":1,"access":"read","speed":1}')?.[1]).toContain('speed')
})

test('a file without a line is refused', () => {
  expect(problemOf('\n')?.[1]).toContain('found no line')
})
