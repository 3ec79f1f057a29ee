import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkDesign } from '../designs/check/index.js'
import { answersOf } from './init/answers.js'
import { filesOf } from './init/files.js'
import { run } from './program.js'
import { fakeIo } from './testing/fake-io.js'
import { OwnProject, type Ran } from './testing/own-project.js'

const projects: OwnProject[] = []
const project = (files: Readonly<Record<string, string>> = {}): OwnProject => {
  const made = new OwnProject(files)
  projects.push(made)
  return made
}
afterAll(() => {
  for (const one of projects) one.remove()
})

const all = [
  'dmaproof/mine.mjs',
  'dmaproof/mine.test.mjs',
  'dmaproof/mine.proof.test.mjs',
  'dmaproof.config.mjs',
  '.github/workflows/dmaproof.yml',
]
const isThere = ({ folder }: OwnProject, path: string): boolean => existsSync(join(folder, path))

describe('in an empty project', () => {
  const own = project({ 'package.json': '{"type":"commonjs"}' })
  let said: Ran[] = []
  beforeAll(() => {
    const quick = ['--configuration', 'plain', '--runs', '20', '--jobs', '0']
    said = own.ran(['init', '--yes'], ['list', 'designs'], ['check', 'mine', '--property', 'no-stale-frame', ...quick])
  }, 60_000)

  test('init writes all files, each with comments, and says what to install and to run', () => {
    expect(said[0]).toMatchObject({ status: 0, err: '' })
    for (const path of all) {
      expect(said[0]?.out).toContain(`wrote ${path}`)
      expect(readFileSync(join(own.folder, path), 'utf8')).toMatch(/^(\/\/|#) .+\n/)
    }
    expect(said[0]?.out).toMatch(
      /\n {2}npm i -D DMAPROOF\.tgz vitest @fast-check\/vitest\n {2}npx vitest run dmaproof\/\n/,
    )
  })

  test('every command knows the design from then on, by the configuration, whatever the type of the package is', () => {
    expect(said[1]).toMatchObject({ status: 0, err: '' })
    expect(said[1]?.out).toMatch(/^mine +type1v2,iommufd\s+Maps what is shared, one mapping a page\.$/m)
    expect(said[2]).toMatchObject({ status: 0, err: '' })
  })

  test('the design passes checkDesign, and random runs of the plain machine violate no property', {
    tags: 'long',
    timeout: 60_000,
  }, async () => {
    const module = await import(pathToFileURL(join(own.folder, 'dmaproof/mine.mjs')).href)
    expect(checkDesign(module.design)).toMatchObject({ ok: true })
    const [searched] = own.ran(['check', 'mine', '--configuration', 'plain', '--runs', '20', '--jobs', '0'])
    expect([0, 3]).toContain(searched?.status)
    expect(searched?.out).not.toContain('✗')
  })

  test('the design fails as its comment says when discard-shared is moved up', () => {
    const path = 'dmaproof/mine.mjs'
    const text = readFileSync(join(own.folder, path), 'utf8')
    const discard = "    { call: 'discard-shared', on: chunk },\n"
    own.write(path, text.replace(discard, '').replace('    ...unmapEachPage,\n', `${discard}    ...unmapEachPage,\n`))
    const words = ['--property', 'no-stale-frame', '--configuration', 'plain', '--runs', '20', '--jobs', '0']
    const [found] = own.ran(['check', 'mine', ...words])
    expect(found).toMatchObject({ status: 1, err: '' })
    expect(found?.out).toContain('✗ no-stale-frame       violated in 3 actions')
  }, 60_000)
})

test('the lines of all files, and those that init prints, are short enough for a mail or a review', () => {
  const files = filesOf({ name: 'mine', folder: 'dmaproof', hasCi: true })
  const long = files.flatMap(({ text }) => text.split('\n').filter((line) => line.length > 120))
  expect(long).toEqual([])
})

describe('init never overwrites:', () => {
  test('a file that is there is named and kept, the others are written, and the status is 2', () => {
    const own = project({ 'dmaproof.config.json': '{"designs":[]}' })
    mkdirSync(join(own.folder, 'dmaproof'))
    own.write('dmaproof/mine.test.mjs', 'mine\n')
    const [first, again] = own.ran(['init', '--yes'], ['init', '--yes'])
    expect(first?.status).toBe(2)
    expect(first?.err).toBe(
      'dmaproof: dmaproof/mine.test.mjs: found a file of this name, expected none; it is kept as it is\n' +
        '  Take another --design or --folder, or move the file away.\n' +
        'dmaproof: dmaproof.config.json: found a file of this name, expected none; it is kept as it is\n' +
        "  Name the design in it: designs: ['dmaproof/mine.mjs'].\n",
    )
    expect(readFileSync(join(own.folder, 'dmaproof/mine.test.mjs'), 'utf8')).toBe('mine\n')
    expect(isThere(own, 'dmaproof.config.mjs')).toBe(false)
    expect(isThere(own, 'dmaproof/mine.mjs')).toBe(true)
    expect(again?.status).toBe(2)
    expect(again?.err.match(/it is kept as it is/g)).toHaveLength(5)
  })

  test('a link that leads nowhere is kept, too, and nothing is written where it leads', () => {
    const own = project()
    symlinkSync('nowhere.mjs', join(own.folder, 'dmaproof.config.mjs'))
    const [said] = own.ran(['init', '--yes'])
    expect(said).toMatchObject({ status: 2 })
    expect(said?.err).toContain('dmaproof: dmaproof.config.mjs: found a file of this name')
    expect(isThere(own, 'nowhere.mjs')).toBe(false)
  })

  test('a file in the place of the folder is named', () => {
    const own = project()
    writeFileSync(join(own.folder, 'dmaproof'), '')
    const [said] = own.ran(['init', '--yes'])
    expect(said?.status).toBe(2)
    expect(said?.err).toContain('dmaproof/mine.mjs: the file could not be written: found a file where a folder was')
  })
})

describe('options and answers', () => {
  const own = project({ 'package.json': '{"devDependencies":{"vitest":"4","dmaproof":"0","@fast-check/vitest":"1"}}' })

  test('--design, --folder and --no-ci say what is asked for, and what is installed is not named', () => {
    const [said] = own.ran(['init', '--design', 'my-vmm', '--folder', 'tests/dma/', '--no-ci'])
    expect(said).toMatchObject({ status: 0, err: '' })
    expect(said?.out).toMatch(/^wrote tests\/dma\/my-vmm\.mjs /)
    expect(said?.out).not.toContain('npm i')
    expect(isThere(own, '.github')).toBe(false)
    expect(readFileSync(join(own.folder, 'dmaproof.config.mjs'), 'utf8')).toContain("designs: ['tests/dma/my-vmm.mjs']")
  })

  test('what cannot be is refused with the place, what was found and expected, and what to do', () => {
    const wrong: readonly (readonly [words: string[], says: string])[] = [
      [['--design', 'a b'], '--design: found "a b", expected letters, digits, _ and -'],
      [['--design', '../a'], '--design: found "../a", expected letters'],
      [['--design', 'pin-all'], '--design: found "pin-all", which is taken: dmaproof has a design of that name'],
      [['--design', 'b1'], '--design: found "b1", which is taken'],
      [['--yes', '--folder', '../up'], '--folder: found "../up", expected a relative path'],
      [['--yes', '--folder', '/etc'], '--folder: found "/etc", expected a relative path'],
      [['--yes', '--folder', 'node_modules/x'], '--folder: found "node_modules/x", expected a relative path'],
      [['--yes', '--folder', '.'], '--folder: found ".", expected a relative path'],
      [[], 'init: found no terminal to ask on, and neither --design NAME nor --yes; expected one of them'],
    ]
    const said = project().ran(...wrong.map(([words]) => ['init', ...words]))
    expect(said.map(({ status, out }) => ({ status, out }))).toEqual(wrong.map(() => ({ status: 2, out: '' })))
    for (const [index, [, says]] of wrong.entries()) expect(said[index]?.err).toContain(`dmaproof: ${says}`)
  })

  test('a folder that is no project is refused', () => {
    const [broken] = project({ 'package.json': '{' }).ran(['init', '--yes'])
    expect(broken).toMatchObject({ status: 2, out: '' })
    expect(broken?.err).toContain('dmaproof: package.json: not JSON')
  })

  test('on a terminal init asks for what no option says, and again where an answer cannot be', async () => {
    const lines = ['pin-all', 'ours', '', 'perhaps', 'n']
    const asked: string[] = []
    const wrong: string[] = []
    const ask = (question: string) => {
      asked.push(question)
      return Promise.resolve(lines.shift())
    }
    const open = { name: undefined, folder: undefined, hasCi: undefined }
    const answers = await answersOf(open, ask, ({ message }) => wrong.push(message))
    expect(answers).toEqual({ ok: true, value: { name: 'ours', folder: 'dmaproof', hasCi: false } })
    expect(asked.map((question) => question.slice(0, 12))).toEqual([
      'Name of the ',
      'Name of the ',
      'Folder of th',
      'A workflow f',
      'A workflow f',
    ])
    expect(wrong).toEqual([
      'found "pin-all", which is taken: dmaproof has a design of that name',
      'found "perhaps", expected y or n',
    ])
    const ended = await answersOf(open, ask, () => undefined)
    expect(ended).toMatchObject({ ok: false, problem: { message: expect.stringContaining('nothing was written') } })
  })

  test('without an answer the status is 3, with one that cannot be it is 2, and nothing is written', async () => {
    const said = async (...options: string[]) => {
      const io = fakeIo({ asking: (use) => use(() => Promise.resolve(undefined)) })
      return { status: await run(['init', ...options], io), ...io.said() }
    }
    const err = 'dmaproof: the questions were not answered, and nothing was written\n'
    expect(await said()).toEqual({ status: 3, out: '', err })
    expect(await said('--design', 'ours')).toEqual({ status: 3, out: '', err })
    expect(await said('--design', 'pin-all')).toMatchObject({ status: 2, out: '' })
  })
})
