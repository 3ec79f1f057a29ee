import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** For tests: an empty project, and the packed package installed there; `dist/` has to be built. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'dmaproof-project-'))

  /** @param packages from node_modules of this repository, where their own dependencies are found */
  constructor(packages: readonly string[]) {
    const modules = join(this.folder, 'node_modules')
    mkdirSync(modules)
    const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', this.folder]
    const name = execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }).trim()
    execFileSync('tar', ['-xzf', join(this.folder, name), '-C', modules])
    renameSync(join(modules, 'package'), join(modules, 'dmaproof'))
    for (const one of packages) this.link(one)
    this.write('package.json', '{ "type": "module" }')
  }

  link(name: string): void {
    const path = join(this.folder, 'node_modules', name)
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), path)
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}
