import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
const searched = ['check', 'on-demand-4k', '--property', 'no-stale-frame', '--configuration', 'plain', '--runs', '40']

async function ran(...words: string[]) {
  const io = fakeIo()
  const status = await run([...searched, '--jobs', '0', '--save', folder, ...words], io)
  return { status, ...io.said() }
}

describe('check --stats', () => {
  test('prints how often each rule decided, the rarest first, and what never came', async () => {
    const { status, out } = await ran('--stats')
    expect(status).toBe(0)
    expect(out).toMatch(/\ncoverage of the random runs: \d+ of \d+ rows taken, \d+ of \d+ rules decided\n/)
    const counts = [...out.matchAll(/^ +(\d+) {2}[\w.-]+\/[\w-]+$/gm)].map(([, count]) => Number(count))
    expect(counts.length).toBeGreaterThan(50)
    expect(counts).toEqual([...counts].sort((a, b) => a - b))
    expect(out).toContain('never taken: ')
    expect(out.split('\n').filter((line) => /^ {2}never|^ {4}/.test(line) && line.length > 80)).toEqual([])
  })

  test('adds the counts of one run to those of the runs before, in a file', async () => {
    const file = join(folder, 'coverage.json')
    const converted = () => JSON.parse(readFileSync(file, 'utf8')).taken['guest.convert']
    await ran('--stats-file', file)
    const once = converted()
    await ran('--stats-file', file)
    expect(once).toBeGreaterThan(0)
    expect(converted()).toBe(2 * once)
  })

  test('fails a run in which a rule did not decide often enough, and passes one in which it did', async () => {
    const missed = await ran('--at-least', 'vfio.map/entry-limit=1')
    expect(missed.status).toBe(3)
    expect(missed.err).toContain('--at-least: vfio.map/entry-limit decided 0 times, expected at least 1')
    expect(await ran('--at-least', 'vfio.map/overlap=0,vtd.translation/iotlb-fill=10')).toMatchObject({
      status: 0,
      err: '',
    })
  })

  test.each([
    ['vfio.map/overlop=1', 'did you mean vfio.map/overlap or'],
    ['vfio.map/overlap', 'expected RULE=NUMBER'],
  ])('refuses --at-least %s before it searches', async (text, message) => {
    const { status, err, out } = await ran('--at-least', text)
    expect(status).toBe(2)
    expect(err).toContain(message)
    expect(out).toBe('')
  })

  test('refuses a file that is none of coverage, and leaves it as it is', async () => {
    const file = join(folder, 'other.json')
    writeFileSync(file, '{}')
    const { status, err } = await ran('--stats-file', file)
    expect(status).toBe(2)
    expect(err).toContain(`${file}: not a file of coverage of this model`)
    expect(readFileSync(file, 'utf8')).toBe('{}')
  })
})
