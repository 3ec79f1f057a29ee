import { expect, test } from 'vitest'
import { show } from './finding.js'
import { readme } from './readme.js'
import { readRepository } from './repository.js'

const manifest = { name: 'dmaproof', scripts: { test: '', bench: '' }, exports: { './vitest': {} } }
const files = [
  { path: 'package.json', text: JSON.stringify(manifest) },
  { path: '.gitignore', text: 'dist/\n*.tmp\n' },
  { path: 'cli/commands/compare.ts', text: '' },
  { path: 'model/step.ts', text: '' },
]
const report = (text: string) => readme([...files, { path: 'README.md', text }]).map(show)
const block = (text: string) => `\`\`\`\n${text}\n\`\`\`\n`

test('README.md names only what this repository has', () => {
  expect(readme(readRepository()).map(show)).toEqual([])
})

test('a missing README is reported', () => {
  expect(readme(files).map(show)).toEqual(['README.md:1: missing'])
})

test('a README of 111 lines is reported', () => {
  expect(report('a\n'.repeat(110))).toEqual([])
  expect(report('a\n'.repeat(111))).toEqual(['README.md:111: 111 lines; the ceiling is 110'])
})

test('code and tables wider than 140 columns are reported, and prose is not', () => {
  const [fits, wide] = ['x'.repeat(140), 'x'.repeat(141)]
  expect(report(`${wide}\n${block(fits)}`)).toEqual([])
  expect(report(block(wide))).toEqual(['README.md:2: code of 141 columns; the ceiling is 140'])
  expect(report(`| ${wide}`)).toEqual(['README.md:1: table of 143 columns; the ceiling is 140'])
})

test('a file or folder that does not exist is reported with its line', () => {
  expect(report('`model/`, `model/step.ts`, `./model`\n')).toEqual([])
  expect(report('See\n`model/gone.ts`.\n')).toEqual(['README.md:2: no such file or folder: model/gone.ts'])
  expect(report('`gone/` `CHANGELOG.md`')).toHaveLength(2)
})

test('a folder in a block is looked for, and what a command prints is not', () => {
  expect(report(block('model/   the machine\ngone/    nothing'))).toEqual([
    'README.md:3: no such file or folder: gone/',
  ])
  expect(report(block('traces/a.ndjson:3: not enabled'))).toEqual([])
})

test('an npm script that does not exist is reported', () => {
  expect(report(`\`npm test\`, \`npm run bench\`\n${block('npm ci && npm test')}`)).toEqual([])
  expect(report(block('npm ci && npm run gone'))).toEqual(['README.md:2: no such npm script: gone'])
  expect(report('`npm run test:gone` and `npm start`')).toHaveLength(2)
})

test('a dmaproof command that does not exist is reported', () => {
  expect(report(`\`dmaproof compare --json\`\n${block('$ npx dmaproof compare')}`)).toEqual([])
  expect(report(block('npm ci\nnpx dmaproof gone --seed 1'))).toEqual(['README.md:3: no such dmaproof command: gone'])
  expect(report(block('npm install dmaproof vitest'))).toEqual([])
})

test('package names, rule ids, absolute paths and what git ignores are no paths of the repository', () => {
  expect(
    report('`@fast-check/vitest` `dmaproof/vitest` `tdx.dma/private-key-id` `/dev/kvm` `dist/cli/main.js`'),
  ).toEqual([])
})
