import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ok, type Result } from '../../../base/result.js'
import { checkCache, folder, hashOf, isThere, placeOf } from './cache.js'
import { command, type Shell } from './command.js'
import { agentFiles, dataFiles, dataPath, readData } from './data.js'
import { processors } from './iommus.js'
import type { Kernel } from './kernel.js'

const compileFor = (kernel: Kernel): readonly string[] => [
  processors[kernel.processor].compiler,
  ...['-static', '-O2', '-Wall', '-Wextra', '-Werror'],
]

/**
 * The archive that a kernel boots with: the agent as its init, and the kernel's modules. Compiled when it is first
 * asked for, and kept.
 *
 * @returns its path
 */
export async function initrd(shell: Shell, kernel: Kernel): Promise<Result<string>> {
  const names = agentFiles(kernel.processor)
  const sources = [...names, ...dataFiles('agent', '.h')].map((name) => readData('agent', name))
  const modules = kernel.modules.map((path) => readFileSync(path, 'latin1'))
  const path = placeOf('initrd', `${hashOf([compileFor(kernel).join(' '), ...sources, ...modules])}.cpio`)
  if (isThere(path)) return ok(path)
  const cache = checkCache()
  if (!cache.ok) return cache
  const files = names.map((name) => dataPath('agent', name))
  // A folder of its own: another run may ask for the same archive meanwhile.
  const own = mkdtempSync(join(folder('initrd'), 'unfinished-'))
  try {
    const archive = join(own, 'cpio')
    const packed = await pack(shell, kernel, { init: files }, { root: join(own, 'root'), archive })
    if (packed.ok) renameSync(archive, path)
    return packed.ok ? ok(path) : packed
  } finally {
    rmSync(own, { recursive: true })
  }
}

/**
 * Compiles an init and other programs, and packs them with the kernel's modules.
 *
 * @param programs by their names, each of files of C, and of words for the compiler
 * @param paths of a folder to work in and of the archive; neither is there yet
 */
export async function pack(
  shell: Shell,
  kernel: Kernel,
  programs: Readonly<Record<string, readonly string[]>>,
  { root, archive }: { readonly root: string; readonly archive: string },
): Promise<Result<string>> {
  mkdirSync(join(root, 'modules'), { recursive: true })
  for (const [name, files] of Object.entries(programs)) {
    const compiled = await command(shell, [...compileFor(kernel), '-o', join(root, name), ...files])
    if (!compiled.ok) return compiled
  }
  for (const [index, module] of kernel.modules.entries()) {
    cpSync(module, join(root, 'modules', `${String(index).padStart(2, '0')}.ko`))
  }
  const script = `find . | sort | cpio --create --format=newc --quiet --owner=+0:+0 > '${archive}'`
  return command(shell, ['sh', '-c', script], { cwd: root })
}
