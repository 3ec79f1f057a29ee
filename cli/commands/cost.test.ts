import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { costsSchema } from '../../report/json/cost.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-cost-'))
afterAll(() => rmSync(folder, { recursive: true }))

const path = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const file = path(
  'own.ndjson',
  [
    '{"op":"convert","gfn":512,"count":512,"to":"shared"}',
    '{"op":"dma","gfn":512,"count":40,"access":"write"}',
    '{"op":"convert","gfn":520,"count":1,"to":"private"}',
  ].join('\n'),
)

async function ran(...words: readonly string[]) {
  const io = fakeIo()
  const status = await run(['cost', ...words], io)
  return { status, ...io.said() }
}

/** Words of a line of the table, by its label. */
const row = (out: string, label: string): string[] | undefined =>
  out
    .split('\n')
    .find((line) => line.startsWith(label))
    ?.slice(label.length)
    .trim()
    .split(/\s{2,}/)

test('a table has a column for each driver, and the rows that are not 0 for all', async () => {
  const { status, out } = await ran('on-demand-4k', '--file', file)
  expect(status).toBe(0)
  expect(row(out, 'mappings')).toEqual(['512', '512', '512'])
  expect(row(out, '  IOTLB misses')).toEqual(['40', '40', '40'])
  expect(out).not.toContain('windows')
})

test('a wait for invalidations takes as long as is said, and its row says so', async () => {
  const { out } = await ran('on-demand-4k', '--file', file, '--driver', 'iommufd', '--wait-us', '1500')
  const [waits] = row(out, '  waits for them') ?? []
  expect(Number(waits)).toBeGreaterThan(0)
  expect(row(out, '    at 1.5 ms each')).toEqual([`${Number(waits) * 1.5} ms`])
})

test('with JSON the same is an array of the schema', async () => {
  const { out } = await ran('on-demand-superpage', 'mirror-guest-memfd', '--file', file, '--json', '--guest', '2G')
  const costs = costsSchema.parse(JSON.parse(out))
  expect(costs.map((cost) => ('counters' in cost ? [cost.backing, cost.counters.windows] : []))).toEqual([
    ['separate', 1],
    ['separate', 1],
    ['in-place', 0],
  ])
  expect(costs[0]).toMatchObject({ guestPages: 524_288, extrapolatedFrom: null, iotlb: '256/4', entryLimit: 65_535 })
})

test('what a rule makes impossible is said, and the rest is measured', async () => {
  const { status, out } = await ran('on-demand-4k', 'mirror-guest-memfd', '--file', file, '--platform', 'linux-7.2')
  expect(status).toBe(0)
  expect(out).toContain('mirror-guest-memfd kernel-mirror: not applicable')
  expect(row(out, 'mappings')?.length).toBe(3)
})

test('a guest that is too large to be run is extrapolated, and the output says from what', async () => {
  const { out } = await ran('on-demand-4k', '--driver', 'iommufd', '--file', file, '--guest', '1T')
  expect(out.replace(/\s+/g, ' ')).toContain(
    'A guest of 1 TiB on tdx-2021-reading, extrapolated from runs in guests of',
  )
})

test('limits and sizes of the IOTLB are parameters', async () => {
  const given = ['--entry-limit', '100', '--memlock', '1M', '--iotlb', '16/4+8/8']
  const { out } = await ran('on-demand-4k', '--driver', 'type1v2', '--file', file, ...given, '--json')
  expect(costsSchema.parse(JSON.parse(out))[0]).toMatchObject({
    iotlb: '16/4+8/8',
    entryLimit: 100,
    memlockPages: 256,
    refusedBy: 'vfio.map/entry-limit',
    counters: { refused: 1, mappings: 100, notBegun: 40 },
  })
})

test('a picture has a title, a description of all points, a wall for each limit, and a dark form', async () => {
  const svg = join(folder, 'cost.svg')
  await ran('on-demand-4k', 'on-demand-superpage', '--driver', 'type1v2', '--file', file, '--svg', svg)
  const text = readFileSync(svg, 'utf8')
  expect(text).toMatch(/^<svg [^>]*role="img" aria-labelledby="title desc">/)
  expect(text).toContain('on-demand-4k type1v2: 2.016 MiB, 40 misses.')
  expect([...text.matchAll(/<circle class="whole"/g)]).toHaveLength(2)
  expect([...text.matchAll(/<line class="wall"/g)]).toHaveLength(2)
  expect(text).toContain('prefers-color-scheme:dark')
})

test('what is computed is marked in the table, in JSON and in the picture, with what was measured', {
  tags: 'long',
  timeout: 120_000,
}, async () => {
  const large = path('large.ndjson', '{"op":"convert","gfn":0,"count":6144,"to":"shared"}')
  const svg = join(folder, 'computed.svg')
  const { out: table } = await ran('replace-domain', '--file', large, '--svg', svg)
  expect(table).toMatch(/\n +replace-domain\n +iommufd-replace\*\n/)
  const said = table.replace(/\s+/g, ' ')
  expect(said).toMatch(/\* replace-domain iommufd-replace: computed from 1,\d{3} measured switches of domains/)
  expect(said).toContain('the largest with 6,144 mappings')
  const picture = readFileSync(svg, 'utf8')
  expect(picture).toMatch(/>replace-domain iommufd-replace\*</)
  expect(picture).toMatch(/computed from 1,\d{3} measured switches/)
  expect(picture).toContain('>*: computed from measured switches<')
  const [json] = costsSchema.parse(JSON.parse((await ran('replace-domain', '--file', large, '--json')).out))
  expect(json).toMatchObject({ computedFrom: { mappings: 6144 }, counters: { mappings: 6144, windows: 0 } })
})

test('what takes few steps is run with every step, and has no mark', { tags: 'long' }, async () => {
  const { out } = await ran('replace-domain', '--file', file, '--json')
  expect(costsSchema.parse(JSON.parse(out))[0]).toMatchObject({ computedFrom: null })
  expect((await ran('replace-domain', '--file', file)).out).not.toContain('*')
})

test.each([
  [['no-design'], 'no-design'],
  [['pin-all', '--workload', 'gaming'], '--workload'],
  [['pin-all', '--iotlb', '10/4'], 'a multiple of their ways'],
  [['pin-all', '--iotlb', 'large'], 'expected shared-256'],
  [['pin-all', '--guest', '2T'], '1 TiB at most'],
  [['pin-all', '--guest', '64M'], 'needs 1 GiB at least'],
  [['pin-all', '--guest', '1536.5M', '--workload', 'boot'], 'a multiple of 2 MiB'],
  [['pin-all', '--driver', 'none'], 'no driver "none"'],
  [['pin-all', '--file', join(folder, 'missing')], 'could not be read'],
  [['pin-all', '--file', path('bad.ndjson', '{"op":"dma","gfn":0}')], 'bad.ndjson:1: access'],
  [['pin-all', '--file', file, '--workload', 'nic'], '--workload: no effect with --file'],
  [['pin-all', '--workload', 'boot,nic', '--svg', 'x.svg', '--guest', '2G'], 'a picture is of one workload'],
])('%j is refused', async (words, message) => {
  const { status, err } = await ran(...words)
  expect({ status, err }).toEqual({ status: 2, err: expect.stringContaining(message) })
})
