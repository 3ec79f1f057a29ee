import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sha256 } from '../../search/cells/cell.js'
import { Processes } from '../campaign/testing/processes.js'
import { until } from '../campaign/testing/redis-server.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'
import { onOneLine } from '../testing/on-one-line.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-merge-'))
const at = (name: string) => join(folder, name)

async function ran(...words: readonly string[]) {
  const io = fakeIo()
  const status = await run(words, io)
  return { status, ...io.said() }
}

const drawn = ['--random', '--runs', '5', '--jobs', '0', '--save', at('traces')]
const comparison = ['compare', '--design', 'on-demand-superpage', ...drawn]
const small = ['--scope', 'pages=2,vcpus=1', '--jobs', '0', '--save', at('traces')]
const architectures = ['compare', '--architectures', '--design', 'on-demand-superpage', ...small]
const checks = ['check', 'on-demand-superpage', 'pin-all', '--configuration', 'plain', '--runs', '50', '--fresh']
const check = [...checks, '--jobs', '0', '--save', at('traces')]

async function inShards(words: readonly string[], name: string, of: number): Promise<string[]> {
  const parts = Array.from({ length: of }, (_, part) => at(`${name}-${part + 1}`))
  for (const [part, path] of parts.entries()) await ran(...words, '--results', path, '--shard', `${part + 1}/${of}`)
  return parts
}

describe('shards, merged, equal the whole byte for byte:', () => {
  test.for([
    ['compare', comparison, 3],
    ['compare --architectures', architectures, 2],
    ['check', check, 2],
  ] as const)('%s', { tags: 'long' }, async ([name, words, of]) => {
    const whole = await ran(...words, '--json', '--junit', at('whole.xml'))
    const parts = await inShards(words, name.replaceAll(' ', ''), of)
    const merge = ['merge', ...parts, '--save', at('traces'), '--junit', at('merged.xml'), '--into', at(`${name}-all`)]
    expect(await ran(...merge, '--json')).toEqual(whole)
    expect(readFileSync(at('merged.xml'), 'utf8')).toBe(readFileSync(at('whole.xml'), 'utf8'))
    expect(await ran('merge', at(`${name}-all`), '--save', at('traces'), '--json')).toEqual(whole)
    const text = await ran('merge', ...parts, '--save', at('traces'))
    expect(text.out).toContain('on-demand-superpage')
    expect(text.out.includes(' replaceHitless=true')).toBe(false)
    const table = (out: string) => out.slice(0, out.indexOf('States were searched'))
    const again = await ran(...words)
    if (name === 'compare --architectures') expect(table(text.out)).toBe(table(again.out))
  })
})

describe('a second start', () => {
  test('searches only what has no result', async () => {
    const path = at('again')
    const first = await ran(...comparison, '--results', path)
    const [name = ''] = readdirSync(path).filter((one) => one.endsWith('.ndjson'))
    rmSync(join(path, name))
    const second = await ran(...comparison, '--results', path)
    const known = /(\d+) of (\d+) cells, (\d+) of them known before/.exec(second.out)?.slice(1).map(Number) ?? []
    expect(first.out).toContain('0 of them known before')
    expect(known).toEqual([known[1], known[1], (known[1] ?? 0) - 1])
    expect(second.out.split('verdicts in')[0]).toBe(first.out.split('verdicts in')[0])
  })
})

describe('a command that is interrupted', () => {
  test('says how many of its cells are left without a result', { tags: 'long', timeout: 240_000 }, async () => {
    // the built command, since its threads are built files too
    const cli = new Processes(() => '')
    const words = ['compare', '--random', '--runs', '500', '--design', 'on-demand-superpage', '--jobs', '1']
    const { child, ended } = cli.start(...words, '--results', 'cells')
    await until(() => existsSync(join(cli.folder, 'cells')) && cli.results('cells').length > 0)
    child.kill('SIGINT')
    const { status, out } = await ended
    const said = /(\d+) of \1 cells, 0 of them known before, (\d+) left without a result;/.exec(onOneLine(out))
    const [cells = 0, left = 0] = said?.slice(1).map(Number) ?? []
    expect([status, left > 0, left]).toEqual([3, true, cells - cli.results('cells').length])
  })
})

describe('a merge that is not whole', () => {
  test('names the cells without a result, with status 3, and its report has an error', async () => {
    const [first = ''] = await inShards(comparison, 'part', 3)
    const { status, err } = await ran('merge', first, '--save', at('traces'), '--ktap', at('part.ktap'))
    expect([status, err]).toEqual([3, expect.stringMatching(/cells of \d+ without a result: run their shards again/)])
    expect(readFileSync(at('part.ktap'), 'utf8')).toMatch(/not ok 1 all was judged # ERROR \d+ cells/)
  })

  test('with a contradiction names both files, with status 70', { tags: 'long' }, async () => {
    const [first = '', second = ''] = await inShards(check, 'contradiction', 1).then(([path = '']) => [
      path,
      at('other'),
    ])
    await ran(...check, '--results', second)
    for (const name of readdirSync(second).filter((one) => one.endsWith('.ndjson'))) {
      const [head = '', text = ''] = readFileSync(join(second, name), 'utf8').split('\n')
      const changed = text.replaceAll('"verdict":"violated"', '"verdict":"held"')
      const digest = { ...JSON.parse(head), sha256: sha256(changed) }
      writeFileSync(join(second, name), `${JSON.stringify(digest)}\n${changed}\n`)
    }
    const { status, err } = await ran('merge', first, second, '--save', at('traces'))
    expect(status).toBe(70)
    expect(err).toContain('two results of one cell contradict each other on no-shared-fault')
    expect([err.includes(first), err.includes(second)]).toEqual([true, true])
  })

  test('of folders that are none, or of two command lines, is refused', { tags: 'long' }, async () => {
    const none = await ran('merge', at('nowhere'))
    expect([none.status, none.err]).toEqual([2, expect.stringContaining('name a folder that --results made')])
    const [a = ''] = await inShards(comparison, 'a', 1)
    const [b = ''] = await inShards(check, 'b', 1)
    const mixed = await ran('merge', a, b)
    expect([mixed.status, mixed.err]).toEqual([2, expect.stringContaining('only results of one command line')])
    const shard = await ran(...check, '--results', b, '--shard', '3/2')
    expect([shard.status, shard.err]).toEqual([2, expect.stringContaining('expected I/N with I from 1 to N')])
  })
})
