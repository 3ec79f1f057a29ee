import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { catalogueFolder } from '../../litmus/catalogue.js'
import { golden } from '../../report/testing/golden.js'
import * as spec from '../../spec/index.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'

const catalogue = readdirSync(catalogueFolder).filter((name) => name.endsWith('.litmus'))
const textOf = (name: string) => readFileSync(join(catalogueFolder, name), 'utf8')
const folder = () => mkdtempSync(join(tmpdir(), 'dmaproof-litmus-'))

async function litmus(...words: readonly string[]) {
  const io = fakeIo()
  const status = await run(['litmus', ...words], io)
  return { status, ...io.said() }
}

/** Writes a file and runs it. */
async function litmusOf(text: string | Uint8Array, ...words: readonly string[]) {
  const path = join(folder(), 'test.litmus')
  writeFileSync(path, text)
  const { status, out, err } = await litmus(path, ...words)
  return { status, out: out.replaceAll(path, 'test.litmus'), err: err.replaceAll(path, 'test.litmus') }
}

const withoutTime = (text: string) => text.replaceAll(/^Time .*\n/gm, '')

describe('the catalogue', () => {
  test('says of every file what it did when it was reviewed, and nothing differs from what the files say', {
    tags: 'long',
  }, async () => {
    const { status, out, err } = await litmus('--catalogue')
    expect({ status, err }).toEqual({ status: 0, err: '' })
    const text = withoutTime(out)
    expect(text).toBe(golden(new URL('golden/litmus-catalogue.txt', import.meta.url), text))
  })

  test.for(catalogue)('%s names rules that there are, its result, and is called as its file', (name) => {
    const text = textOf(name)
    const known = new Set(Object.values(spec).map(({ id }) => id))
    const named = /Rules: ([^*]*?)\.\n/.exec(text)?.[1]?.split(/,\s+/) ?? []
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter((id) => !known.has(id as never))).toEqual([])
    expect(text).toMatch(/Result: (Never|Sometimes|Always) \*\)/)
    expect(text.split('\n')[0]).toBe(`DMA ${name.replace(/\.litmus$/, '')}`)
  })

  test('is cut short by ^C with status 3, and says how far it came', async () => {
    const io = fakeIo({
      onInterrupt: (callback) => {
        setTimeout(callback, 5)
        return () => undefined
      },
    })
    expect(await run(['litmus', '--catalogue'], io)).toBe(3)
    expect(io.said().err).toMatch(/^dmaproof: interrupted: \d+ of \d+ tests ended\n$/)
  })

  test('tells when a file expects something else, and exits with 1', async () => {
    for (const [was, now] of [
      ['Never', 'Always'],
      ['Sometimes', 'Never'],
      ['Always', 'Sometimes'],
    ] as const) {
      const name = catalogue.find((one) => textOf(one).includes(`Result: ${was}`)) ?? ''
      const { status, out } = await litmusOf(textOf(name).replace(`Result: ${was}`, `Result: ${now}`))
      expect(status).toBe(1)
      expect(out).toContain(`DIFFERS: the file says ${now}, observed ${was}`)
    }
  })
})

describe('docs/litmus.md', () => {
  const guide = readFileSync(new URL('../../docs/litmus.md', import.meta.url), 'utf8')
  const examples = [...guide.matchAll(/```litmus\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)]

  test('has three examples', () => {
    expect(examples).toHaveLength(3)
  })

  test.for(examples.map(([, file = '', answer = '']) => ({ file, answer })))(
    'gives the answer of $file',
    async (one) => {
      const { out } = await litmusOf(one.file)
      expect(withoutTime(out).trim()).toBe(one.answer.trim())
    },
  )
})

const small = `DMA small
scope pages=2 pagesPerSuperpage=2
{ 0..1 shared; H0: map 0; }
 H0           | D0           ;
 r0 = unmap 0 | r0 = write 0 ;
exists (D0:r0=fault)
`

describe('dmaproof litmus', () => {
  test('runs a file that states no result, and judges nothing', async () => {
    const { status, out } = await litmusOf(small)
    expect(status).toBe(0)
    expect(out).toContain('Result small not stated in the file')
  })

  test('shows a shortest run under the names of the columns', async () => {
    const { out } = await litmusOf(small, '--show')
    expect(out).toMatch(/^ {2}H0 +D0 +IOMMU$/m)
    expect(out).toContain('blocked: not present')
  })

  test('prints answers and bad files as JSON', async () => {
    const path = join(folder(), 'bad.litmus')
    writeFileSync(path, 'DMA bad')
    const { status, out } = await litmus('--json', path, join(catalogueFolder, 'unmap-cuts-type1v2.litmus'))
    expect(status).toBe(2)
    const [bad, good] = JSON.parse(out)
    expect(bad.error).toContain('bad.litmus:1:8: found the end of the file')
    expect(good).toMatchObject({ observation: 'Always', asExpected: true, ok: true, positive: 1, negative: 0 })
    expect(good.finals[0].seen).toEqual({ 'H0:r0': 'EINVAL', 'mapped[0]': '2', 'entry[0]': 'shared' })
  })

  test('says that a bound was reached, and exits with 3', async () => {
    const { status, out } = await litmusOf(textOf('two-conversions-without-lock.litmus'), '--time', '0.000001')
    expect(status).toBe(3)
    expect(out).toContain('Inconclusive: the bound of 0.000001 seconds was reached')
  })

  test('takes a size as its bound of memory, as every command does', async () => {
    const cut = await litmusOf(small, '--memory', '1K')
    expect([cut.status, cut.out]).toEqual([3, expect.stringContaining('Inconclusive: the bound of 1024 bytes')])
    expect((await litmusOf(small, '--memory', '64K')).status).toBe(0)
  })

  test('observes nothing where a bound was reached: tools read that line as an answer', async () => {
    const { out } = await litmusOf(small, '--time', '0.000001')
    expect(out).toContain('Result small inconclusive')
    expect(out).not.toContain('Observation')
    expect((await litmusOf(small)).out).toContain('Observation small')
  })
})

describe('bad input is one message and status 2', () => {
  test('an empty file', async () => {
    const { status, err } = await litmusOf('')
    expect({ status, first: err.split('\n')[0] }).toEqual({
      status: 2,
      first: 'dmaproof: test.litmus:1:1: found the end of the file, expected "DMA"',
    })
  })

  test('bytes that are no text', async () => {
    const { status, err } = await litmusOf(Uint8Array.of(0xff, 0xfe, 0x44))
    expect({ status, err }).toEqual({
      status: 2,
      err: 'dmaproof: test.litmus: found bytes that are not UTF-8, expected text\n',
    })
  })

  test('no file at all, a file that is not there, a folder without tests', async () => {
    const empty = folder()
    const ran = [await litmus(), await litmus(join(empty, 'none.litmus')), await litmus(empty)]
    expect(ran.map(({ status }) => status)).toEqual([2, 2, 2])
    expect(ran.map(({ err }) => err.split(': ').slice(1).join(': ').replace(empty, 'FOLDER').trim())).toEqual([
      'no file was given: name files (*.litmus) or folders of them, or ask for --catalogue',
      'FOLDER/none.litmus: there is no such file; give the path of a litmus test (*.litmus)',
      'FOLDER: found a folder without *.litmus files',
    ])
  })

  test('a folder that is called as a test, and a path that is no path', async () => {
    const within = folder()
    mkdirSync(join(within, 'y.litmus'))
    const ran = [await litmus(within), await litmus('x'.repeat(5000))]
    expect(ran.map(({ status, out, err }) => [status, out, err.replace(within, 'FOLDER').replace(/x+/, 'x')])).toEqual([
      [
        2,
        '',
        'dmaproof: FOLDER/y.litmus: found a folder, expected a file; give the path of a litmus test (*.litmus)\n',
      ],
      [2, '', 'dmaproof: x: the path is too long; give the path of a litmus test (*.litmus)\n'],
    ])
  })

  test('a folder without tests is named in JSON, too', async () => {
    const empty = folder()
    const { out } = await litmus('--json', empty)
    expect(JSON.parse(out)).toEqual([{ file: empty, error: `${empty}: found a folder without *.litmus files` }])
  })

  test('more memory than there is', { tags: 'long' }, async () => {
    const { status, out, err } = await litmusOf(small.replace('pages=2', 'pages=4096'), '--memory', '1024T')
    expect({ status, out, err }).toEqual({
      status: 2,
      out: '',
      err: 'dmaproof: --memory: this machine does not give 1073741824 MiB for a test; ask for less\n',
    })
  })

  test('memory that is no size', async () => {
    const { status, err } = await litmusOf(small, '--memory', 'much')
    expect({ status, err }).toMatchObject({
      status: 2,
      err: expect.stringContaining('expected a size, as in 512M or 8G'),
    })
  })

  test('beside good files, which are run', async () => {
    const { status, out } = await litmus(join(catalogueFolder, 'unmap-cuts-type1v2.litmus'), '/nowhere.litmus')
    expect(status).toBe(2)
    expect(out).toContain('Observation unmap-cuts-type1v2 Always 1 0')
  })
})
