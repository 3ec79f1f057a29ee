import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ok, type Result } from '../../../base/result.js'
import { finish, folder, hashOf, isThere, placeOf, readRecord, unfinished } from './cache.js'
import { command, type Shell } from './command.js'
import { type ProcessorName, processors } from './iommus.js'
import { changesOf, configOf, type Recipe, recipeHash } from './recipes.js'

/** A kernel that can be booted. */
export interface Kernel {
  readonly name: string
  /** As Debian numbers it. */
  readonly version: string
  readonly processor: ProcessorName
  readonly image: string
  /** In the order in which they load; none where everything is built in. */
  readonly modules: readonly string[]
}

const recordSchema = z.strictObject({ recipe: z.string(), version: z.string(), folder: z.string() })

const recordPath = (name: string): string => placeOf('kernels', `${name}.json`)

const builtFolder = (recipe: Recipe, version: string): string =>
  placeOf('kernels', hashOf([version, ...changesOf(recipe)]))

/** Whether the kernel of a recipe and version is in the cache. */
export const isBuilt = (recipe: Recipe, version: string): boolean => isThere(builtFolder(recipe, version))

/** Says which kernel a name stands for from now on. */
export function recordKernel(recipe: Recipe, version: string): void {
  folder('kernels')
  const path = recordPath(recipe.name)
  unfinished(path)
  const text = JSON.stringify({ recipe: recipeHash(recipe), version, folder: builtFolder(recipe, version) })
  writeFileSync(`${path}.unfinished`, `${text}\n`)
  finish(path)
}

/** The kernel of a recipe, if one was built from it as it is now. */
export function builtKernel(recipe: Recipe): Kernel | undefined {
  const found = readRecord(recordPath(recipe.name), recordSchema)
  if (found === undefined || found.recipe !== recipeHash(recipe) || !isThere(found.folder)) return undefined
  const { name, processor } = recipe
  const image = join(found.folder, processors[processor].target)
  return { name, version: found.version, processor, image, modules: [] }
}

/** A tree to compile, and what of. */
export interface KernelSource {
  readonly recipe: Recipe
  /** As Debian numbers it. */
  readonly version: string
  readonly tree: string
  /** Compilers at a time. */
  readonly jobs: number
}

/** Configures and compiles a tree, and keeps its kernel. What an interrupted build compiled is not compiled again. */
export async function build(shell: Shell, source: KernelSource): Promise<Result<string>> {
  const path = builtFolder(source.recipe, source.version)
  if (isThere(path)) return ok(path)
  const objects = await compileKernel(shell, source)
  if (!objects.ok) return objects
  folder('kernels')
  const there = unfinished(path)
  mkdirSync(there)
  const { target, image } = processors[source.recipe.processor]
  const [kept, made] = [join(there, target), join(objects.value, image)]
  const taken = await command(shell, target === 'vmlinux' ? ['strip', '-s', '-o', kept, made] : ['cp', made, kept])
  if (!taken.ok) return taken
  copyFileSync(join(objects.value, '.config'), join(there, 'config'))
  return ok(finish(path))
}

/** Configures and compiles a tree. @returns the folder of its objects */
export async function compileKernel(
  shell: Shell,
  { recipe, version, tree, jobs }: KernelSource,
): Promise<Result<string>> {
  const processor = processors[recipe.processor]
  const objects = join(tree, processor.buildFolder)
  mkdirSync(objects, { recursive: true })
  const make = (...words: readonly string[]) =>
    command(shell, ['nice', '-n', '10', 'make', '-C', tree, `O=${objects}`, ...processor.make, ...words])
  const configured = await configure(shell, recipe, objects, make)
  if (!configured.ok) return configured
  shell.say(`building ${recipe.name} from ${version} (3 to 15 minutes; less for a planted fault)`)
  const made = await make(`-j${jobs}`, processor.target)
  return made.ok ? ok(objects) : made
}

type Make = (...words: readonly string[]) => Promise<Result<string>>

async function configure(shell: Shell, recipe: Recipe, objects: string, make: Make): Promise<Result<null>> {
  const wanted = join(objects, 'wanted.config')
  const config = configOf(recipe)
  if (isThere(wanted) && readFileSync(wanted, 'utf8') === config && isThere(join(objects, '.config'))) {
    return ok(null)
  }
  rmSync(wanted, { force: true })
  const tiny = await make('tinyconfig')
  if (!tiny.ok) return tiny
  writeFileSync(join(objects, '.config'), config, { flag: 'a' })
  const settled = await make('olddefconfig')
  if (!settled.ok) return settled
  const lost = notTaken(config, readFileSync(join(objects, '.config'), 'utf8'))
  if (lost.length > 0) shell.say(`${recipe.name}: this source does not know ${lost.join(' ')}`)
  writeFileSync(wanted, config)
  return ok(null)
}

/** Options that were asked for and that the kernel's own rules did not grant. */
export function notTaken(asked: string, granted: string): readonly string[] {
  const lines = new Set(granted.split('\n'))
  return asked.split('\n').filter((line) => line.endsWith('=y') && !lines.has(line))
}
