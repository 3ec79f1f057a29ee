import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export interface Ran {
  readonly status: number
  readonly out: string
  readonly err: string
}

const program = resolve('dist/cli/program.js')

/** Runs command lines one after the other in one process of plain Node, as the command does: a test's loader is not. */
const script = `
import { run } from ${JSON.stringify(`file://${program}`)}
const all = []
for (const words of JSON.parse(process.argv[2])) {
  const said = { out: '', err: '' }
  const io = {
    out: (text) => { said.out += text },
    err: (text) => { said.err += text },
    colors: false, isWatched: false, debug: false, onInterrupt: () => () => undefined,
  }
  all.push({ status: await run(words, io), ...said })
}
console.log(JSON.stringify(all))
`

const usual = { 'package.json': '{"type":"module"}', 'lines.mjs': script }

/** For tests: a folder of a user's, in which dmaproof is installed. */
export class OwnProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))

  constructor(files: Readonly<Record<string, string>>) {
    mkdirSync(join(this.folder, 'node_modules'))
    symlinkSync(resolve('.'), join(this.folder, 'node_modules', 'dmaproof'))
    for (const [name, text] of Object.entries({ ...usual, ...files })) this.write(name, text)
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  /** What each command line says. */
  ran(...lines: readonly (readonly string[])[]): Ran[] {
    const words = ['lines.mjs', JSON.stringify(lines)]
    const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: this.folder, encoding: 'utf8' })
    if (stdout === '') throw new Error(stderr)
    return JSON.parse(stdout) as Ran[]
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}

/** A design of a user's: attribute first, and an unmap of the page alone. */
export const ownDesign = (name: string, fields = ''): string => `{
  name: '${name}', summary: 'Attribute first.', source: 'a draft', lock: 'one per VM',
  drivers: [type1v2], backings: ['separate'],
  boot: [{ each: loops.eachSharedUnmappedPage(ranges.allPages), body: [{ call: 'map', on: ranges.page }] }],
  toPrivate: [steps.acquire('vm'), { call: 'set-private', on: ranges.chunk }, { call: 'unmap', on: ranges.chunk },
    { call: 'discard-shared', on: ranges.chunk }, steps.release('vm')],
  toShared: [steps.acquire('vm'), { call: 'set-shared', on: ranges.chunk },
    { call: 'discard-private', on: ranges.chunk }, { call: 'map', on: ranges.chunk }, steps.release('vm')],
  ${fields}
}`

export const imports = "import { loops, properties, ranges, steps, type1v2 } from 'dmaproof'\n"
