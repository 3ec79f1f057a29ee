import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ok, type Result } from '../../../base/result.js'
import { checkCache, finish, folder, hashOf, isThere, placeOf, unfinished } from './cache.js'
import { command, type Shell } from './command.js'
import { dataFiles, dataPath, readData } from './data.js'
import type { Kernel } from './kernel.js'

const compile = ['gcc', '-static', '-O2', '-Wall', '-Wextra', '-Werror'] as const

/**
 * The archive that a kernel boots with: the agent as its init, and the kernel's modules. Compiled when it is first
 * asked for, and kept.
 *
 * @returns its path
 */
export async function initrd(shell: Shell, kernel: Kernel): Promise<Result<string>> {
  const names = dataFiles('agent', '.c')
  const sources = [...names, ...dataFiles('agent', '.h')].map((name) => readData('agent', name))
  const modules = kernel.modules.map((path) => readFileSync(path, 'latin1'))
  const path = placeOf('initrd', `${hashOf([compile.join(' '), ...sources, ...modules])}.cpio`)
  if (isThere(path)) return ok(path)
  const cache = checkCache()
  if (!cache.ok) return cache
  folder('initrd')
  const files = names.map((name) => dataPath('agent', name))
  const root = unfinished(`${path}.root`)
  const packed = await pack(shell, kernel, files, { root, archive: unfinished(path) })
  unfinished(`${path}.root`)
  return packed.ok ? ok(finish(path)) : packed
}

/**
 * Compiles an init and packs it with the kernel's modules.
 *
 * @param files of C
 * @param paths of a folder to work in and of the archive; neither is there yet
 */
export async function pack(
  shell: Shell,
  kernel: Kernel,
  files: readonly string[],
  { root, archive }: { readonly root: string; readonly archive: string },
): Promise<Result<string>> {
  mkdirSync(join(root, 'modules'), { recursive: true })
  const compiled = await command(shell, [...compile, '-o', join(root, 'init'), ...files])
  if (!compiled.ok) return compiled
  for (const [index, module] of kernel.modules.entries()) {
    cpSync(module, join(root, 'modules', `${String(index).padStart(2, '0')}.ko`))
  }
  const script = `find . | sort | cpio --create --format=newc --quiet --owner=+0:+0 > '${archive}'`
  return command(shell, ['sh', '-c', script], { cwd: root })
}
