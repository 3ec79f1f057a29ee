import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { neededPackages } from '../targets/linux/debian.js'

/** For tests: a machine with a cache of its own, on which Debian's packages are installed and programs are scripts. */
export class FakeDebian {
  readonly root = mkdtempSync(join(tmpdir(), 'dmaproof-debian-'))
  private readonly before = { XDG_CACHE_HOME: process.env.XDG_CACHE_HOME, PATH: process.env.PATH }

  /** @param programs their scripts, by name */
  constructor(programs: Readonly<Record<string, string>>) {
    process.env.XDG_CACHE_HOME = this.root
    const installed = neededPackages(['x86']).map((name) => `echo "installed ${name}"`)
    this.program('dpkg-query', installed.join('\n'))
    for (const [name, script] of Object.entries(programs)) this.program(name, script)
    process.env.PATH = `${this.root}:${this.before.PATH}`
  }

  private program(name: string, script: string): void {
    writeFileSync(join(this.root, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(this.root, name), 0o755)
  }

  remove(): void {
    rmSync(this.root, { recursive: true })
    for (const [name, value] of Object.entries(this.before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
