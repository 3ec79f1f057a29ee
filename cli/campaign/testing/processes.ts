import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { runBuilt } from '../../testing/built.js'

export interface EndedProcess {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** For tests: the built command as a process that can be stopped and killed. */
export interface Running {
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<EndedProcess>
}

const main = resolve('dist/cli/main.js')

/** Starts command lines in one folder, with one server. */
export class Processes {
  readonly folder = mkdtempSync(join(tmpdir(), 'dmaproof-campaign-'))

  constructor(
    private readonly url: () => string,
    private readonly program = main,
    private readonly more: NodeJS.ProcessEnv = {},
  ) {}

  /** The same by another copy of dmaproof, in the same folder. */
  by(program: string): Processes {
    const other = new Processes(this.url, program)
    return Object.assign(other, { folder: this.folder })
  }

  /** The same in the same folder, by processes whose clock is so many seconds ahead of the true time. */
  ahead(seconds: number): Processes {
    const shift = `const now = Date.now; Date.now = () => now() + ${seconds * 1000}`
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shift)}` }
    return Object.assign(new Processes(this.url, this.program, env), { folder: this.folder })
  }

  start(...words: readonly string[]): Running {
    const env = { ...process.env, ...this.more, DMAPROOF_REDIS: this.url() }
    const child = spawn(process.execPath, [this.program, ...words], { cwd: this.folder, env })
    const said = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said.err += text
    })
    const ended = new Promise<EndedProcess>((end) => child.on('close', (status) => end({ status, ...said })))
    return { child, said: () => said.out + said.err, ended }
  }

  ran = (...words: readonly string[]): Promise<EndedProcess> => this.start(...words).ended

  /** The same in this process, one line at a time: for what need not be a process. */
  ranHere(...words: readonly string[]): Promise<EndedProcess> {
    process.env.DMAPROOF_REDIS = this.url()
    return runBuilt(this.folder, words)
  }

  /** The files of results in a folder. */
  results = (name: string): string[] =>
    readdirSync(join(this.folder, name))
      .filter((file) => file.endsWith('.ndjson'))
      .map((file) => join(this.folder, name, file))
      .sort()
}

/**
 * A copy of the built command, of another version or without some of the packages that it uses.
 *
 * @returns its program
 */
export function otherBuild({ version, without = [] }: { version?: string; without?: readonly string[] }): string {
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-build-'))
  cpSync('dist', join(folder, 'dist'), { recursive: true })
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version: version ?? manifest.version }))
  mkdirSync(join(folder, 'node_modules'))
  for (const name of readdirSync('node_modules').filter((one) => !without.includes(one)))
    symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name))
  return join(folder, 'dist', 'cli', 'main.js')
}
