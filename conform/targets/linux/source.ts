import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ok, type Result } from '../../../base/result.js'
import { finish, folder, hashOf, isThere, unfinished } from './cache.js'
import { command, type Shell } from './command.js'
import { readData } from './data.js'
import { processors } from './iommus.js'
import { driverOf, patchOf, type Recipe } from './recipes.js'

/** Where a source is unpacked: the plain one, and beside it one for each planted fault and each driver of ours. */
export function treePath(recipe: Recipe, version: string): string {
  const change = patchOf(recipe) + driverOf(recipe)
  const name = `${recipe.package}-${version}${change === '' ? '' : `-${hashOf([change])}`}`
  return join(folder('trees'), name.replaceAll('~', '-'))
}

/**
 * Unpacks a source package: the kernel's tree as Debian ships it, patches of its own included.
 *
 * @param deb the package's file
 */
export async function unpack(shell: Shell, deb: string, path: string): Promise<Result<string>> {
  if (isThere(path)) return ok(path)
  shell.say(`unpacking ${deb.slice(deb.lastIndexOf('/') + 1)} (1.6 GB)`)
  const there = unfinished(path)
  mkdirSync(there, { recursive: true })
  const outer = await command(shell, ['dpkg-deb', '--extract', deb, there])
  if (!outer.ok) return outer
  const inner = [
    'sh',
    '-c',
    'tar --extract --xz --strip-components=1 --file usr/src/linux-source-*.tar.xz && rm -r usr/src',
  ]
  const unpacked = await command(shell, inner, { cwd: there })
  return unpacked.ok ? ok(finish(path)) : unpacked
}

/**
 * A tree with a planted fault or a driver of ours: files and objects of the plain tree, so that only what the patch
 * touches is compiled. Sources are hard links; `patch` writes a new file and leaves the plain tree's alone.
 */
export async function plant(shell: Shell, recipe: Recipe, plain: string, path: string): Promise<Result<string>> {
  if (isThere(path)) return ok(path)
  shell.say(`planting ${recipe.patch ?? recipe.driver?.[0]}`)
  const there = unfinished(path)
  const linked = await command(shell, ['cp', '-al', plain, there])
  if (!linked.ok) return linked
  for (const { buildFolder } of Object.values(processors)) {
    const build = join(there, buildFolder)
    rmSync(build, { recursive: true, force: true })
    if (isThere(join(plain, buildFolder))) {
      cpSync(join(plain, buildFolder), build, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
    }
  }
  if (recipe.driver !== undefined) addDriver(recipe.driver, there)
  if (recipe.patch === undefined) return ok(finish(path))
  const patchFile = join(folder('trees'), `${recipe.patch}`)
  writeFileSync(`${patchFile}.new`, patchOf(recipe))
  renameSync(`${patchFile}.new`, patchFile)
  const words = ['patch', '--strip=1', '--forward', '--fuzz=0', `--input=${patchFile}`]
  const patched = await command(shell, words, { cwd: there })
  return patched.ok ? ok(finish(path)) : patched
}

/** The tree's files are hard links: its Makefile is replaced, and not written into. */
function addDriver(paths: readonly string[], tree: string): void {
  const folder = join(tree, 'drivers', 'iommu')
  for (const path of paths) writeFileSync(join(folder, basename(path)), readData(path))
  const makefile = join(folder, 'Makefile')
  const objects = paths.filter((path) => path.endsWith('.c')).map((path) => basename(path, '.c'))
  const text = readFileSync(makefile, 'utf8')
  rmSync(makefile)
  writeFileSync(makefile, `${text}${objects.map((name) => `obj-y += ${name}.o\n`).join('')}`)
}
