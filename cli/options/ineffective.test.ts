import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'
import { ineffectiveOptions } from './ineffective.js'

async function ran(...words: readonly string[]) {
  const io = fakeIo()
  const status = await run(words, io)
  return { status, ...io.said() }
}

/** A command line in each circumstance of the table. */
const lines: Readonly<Record<string, readonly string[]>> = {
  'check without --kcidb': ['pin-all'],
  'check without --results': ['pin-all'],
  'check with --json': ['pin-all', '--json'],
  'compare without --results': [],
  'explore without --results': ['pin-all'],
  'explore with --results': ['pin-all', '--results', 'r'],
  'explore with --cell': ['pin-all', '--results', 'r', '--cell', '0123456789ab'],
  'litmus without --results': ['--catalogue'],
  'litmus with --cell': ['--catalogue', '--results', 'r', '--cell', '0123456789ab'],
  'check with --cell': ['pin-all', '--results', 'r', '--cell', '0123456789ab'],
  'compare with --cell': ['--results', 'r', '--cell', '0123456789ab'],
  'explore without --kcidb': ['pin-all'],
  'run without --kcidb': ['pin-all', '--on', './mapper'],
  'compare without --kcidb': [],
  'litmus without --kcidb': ['--catalogue'],
  'conform without --kcidb': ['./mapper', '--interface', 'iommufd'],
  'conform without --results': ['./mapper', '--interface', 'iommufd'],
  'conform with --results': ['./mapper', '--interface', 'iommufd', '--results', 'r'],
  'conform with --cell': ['./mapper', '--interface', 'iommufd', '--results', 'r', '--cell', '0123456789ab'],
  'run without --results': ['pin-all', '--on', './mapper'],
  'run with --cell': ['pin-all', '--on', './mapper', '--results', 'r', '--cell', '0123456789ab'],
  'explore on b1': ['b1'],
  'explore with --random': ['pin-all', '--random'],
  'explore without --random': ['pin-all'],
  'compare with --random': ['--random'],
  'compare with --exhaustive': ['--exhaustive'],
  'compare without --random or --exhaustive': [],
  'compare with --json': ['--json'],
  'cost with --file': ['pin-all', '--file', 'x.ndjson'],
  'litmus with --json': ['--catalogue', '--json'],
  'conform on a target that is no Linux': ['./mapper', '--interface', 'iommufd'],
  'conform on a target that names its kernel': ['linux-7.2', '--interface', 'iommufd'],
  'conform without --interface kvm': ['./mapper', '--interface', 'iommufd'],
  'replay without --on': ['f'],
  'replay with --json': ['f', '--json'],
  'replay with a --format other than text': ['f', '--format', 'svg'],
  'replay on a target that is no Linux': ['f', '--on', './mapper'],
  'run on a target that is no Linux': ['pin-all', '--on', './mapper'],
  'run on a target that names its kernel': ['pin-all', '--on', 'linux-7.2'],
}

/** Of an option that takes one. */
const values: Readonly<Record<string, string>> = {
  '--platform': 'linux-7.2',
  '--property': 'no-stale-frame',
  '--format': 'text',
  '--driver': 'type1v2',
  '--parts': 'content',
  '--lock': 'none',
  '--save': 'folder',
  '--states': '2000',
  '--memory': '8G',
  '--workers': '1',
  '--every': '60',
  '--checkpoints': 'folder',
  '--graph': 'file',
  '--automaton': 'file',
  '--seed': '1',
  '--runs': '10',
  '--scope': 'pages=2',
  '--time': '30',
  '--kernel': '7.2',
  '--backing': 'memfd',
  '--iommu': 'vt-d',
  '--timeout': '10',
  '--beside': 'type1v2',
  '--markdown': 'file',
  '--report': 'page.html',
  '--results': 'folder',
  '--shard': '1/2',
  '--cell': '0123456789ab',
  '--rule-coverage': 'file',
  '--cost': 'boot',
  '--workload': 'boot',
  '--junit': 'report.xml',
  '--ktap': 'report.ktap',
  '--kcidb': 'report.json',
  '--kcidb-build': 'myci:build-17',
}

const cases = Object.entries(ineffectiveOptions).flatMap(([command, rows]) =>
  rows.flatMap(({ options, where: { says } }) => options.map((option) => ({ command, option, says }))),
)

describe('an option without effect is refused, given as its default or not:', () => {
  test('in each circumstance of the table, and in no other', () => {
    expect(new Set(cases.map(({ command, says }) => `${command} ${says}`))).toEqual(new Set(Object.keys(lines)))
  })

  test.for(cases)('$command $option, $says', async ({ command, option, says }) => {
    const words = lines[`${command} ${says}`] ?? []
    const value = values[option]
    const { status, out, err } = await ran(command, ...words, option, ...(value === undefined ? [] : [value]))
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toMatch(`dmaproof: ${option}: no effect ${says}, since `)
    expect(err).toMatch(/; .+\n\(dmaproof --help/)
  })

  test('several in one message', async () => {
    const { err } = await ran('explore', 'b1', '--lock', 'none', '--platform', 'linux-7.2', '--fields')
    expect(err).toContain('dmaproof: --platform, --lock, --fields: no effect on b1')
  })
})

describe('a target is what the configuration says it is:', () => {
  const before = process.cwd()
  afterEach(() => process.chdir(before))

  /** Goes to a folder with such a configuration. */
  function configured(text: string): void {
    const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
    writeFileSync(join(folder, 'dmaproof.config.json'), text)
    process.chdir(folder)
  }

  test('of the interface kvm, beside which there is something', async () => {
    configured('{"targets":{"mapper":{"command":"./no/such","interface":"kvm"}}}')
    expect((await ran('conform', 'mapper', '--beside', 'type1v2')).err).toContain('the target did not say hello')
  })

  test('no Linux, though it is called so', async () => {
    configured('{"targets":{"linux":{"command":"./no/such","interface":"iommufd"}}}')
    expect((await ran('conform', 'linux', '--kernel', '7.2')).err).toContain('no effect on a target that is no Linux')
  })

  test('unknown, where it cannot be read', async () => {
    configured('{')
    expect((await ran('conform', './mapper', '--kernel', '7.2')).err).toContain('dmaproof.config.json: not JSON')
  })
})
