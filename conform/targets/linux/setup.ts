import { join } from 'node:path'
import { ok, problemText, type Result, refuse, refused } from '../../../base/result.js'
import { checkCache, isThere } from './cache.js'
import { command, type Shell } from './command.js'
import {
  type DebianArchive,
  download,
  installCommand,
  missingPackages,
  newestVersion,
  otherSuite,
  updateLists,
} from './debian.js'
import { type ProcessorName, processors } from './iommus.js'
import { build, builtKernel, compileKernel, isBuilt, recordKernel } from './kernel.js'
import { originOf, type Recipe, recipes, stocks } from './recipes.js'
import { plant, treePath, unpack } from './source.js'
import { fetchStock, stockNamed } from './stock.js'

export interface SetupOptions {
  /** Names of kernels: those of `kernelNames`. */
  readonly kernels: readonly string[]
  readonly jobs: number
  /** Keep the unpacked sources and the objects when their kernels are there. */
  readonly keepSources: boolean
}

/** What became of one kernel. `left-the-archive`: its source cannot be had any more, so its leg is not run. */
export interface Prepared {
  readonly kernel: string
  readonly how: 'ready' | 'left-the-archive' | 'failed'
  readonly says: string
}

/**
 * Fetches, unpacks and builds what the runs on Linux need. What is there already is not done again.
 *
 * @returns one entry a kernel; or why nothing could be done at all
 */
export async function setup(shell: Shell, options: SetupOptions): Promise<Result<readonly Prepared[]>> {
  const cache = checkCache()
  if (!cache.ok) return cache
  const wanted = recipes.filter(({ name }) => options.kernels.includes(name))
  const needed = new Set(options.kernels.map((name) => originOf(name).processor))
  const packages = await install(shell, [...needed.add('x86')])
  if (!packages.ok) return packages
  const lists = await updateLists(shell)
  if (!lists.ok) return ok(options.kernels.map((name) => keptWithout(name, problemText(lists.problem))))
  const done: Prepared[] = []
  for (const debian of stocks.filter(({ name }) => options.kernels.includes(name))) {
    done.push(preparedFrom(debian.name, await fetchStock(shell, debian)))
  }
  for (const recipe of wanted) {
    if (shell.signal.aborted) break
    done.push(await prepare(shell, recipe, options))
  }
  if (!options.keepSources && done.every(({ how }) => how !== 'failed')) await throwAway(shell, wanted)
  return shell.signal.aborted ? refuse('interrupted') : ok(done)
}

/** The archive does not answer at all: what is in the cache will do. */
function keptWithout(kernel: string, why: string): Prepared {
  const recipe = recipes.find(({ name }) => name === kernel)
  const kept = recipe === undefined ? stockNamed(kernel) : builtKernel(recipe)
  if (kept === undefined) return { kernel, how: 'failed', says: why }
  return { kernel, how: 'ready', says: `${kept.version} from the cache; ${firstLine(why)}` }
}

const firstLine = (text: string): string => text.split('\n')[0] ?? ''

const preparedFrom = (kernel: string, result: Result<string>): Prepared =>
  result.ok
    ? { kernel, how: 'ready', says: result.value }
    : { kernel, how: 'failed', says: problemText(result.problem) }

async function install(shell: Shell, names: readonly ProcessorName[]): Promise<Result<null>> {
  const missing = await missingPackages(shell, names)
  if (!missing.ok) return missing
  if (missing.value.length === 0) return ok(null)
  const words = installCommand(missing.value)
  shell.say(`installing ${missing.value.join(' ')}`)
  const updated = await updateLists(shell)
  const installed = updated.ok ? await command(shell, words, { env: { DEBIAN_FRONTEND: 'noninteractive' } }) : updated
  if (installed.ok) return ok(null)
  const remedy = `As root, run: apt-get update && ${words.join(' ')}`
  return refused({ ...installed.problem, remedy })
}

async function prepare(shell: Shell, recipe: Recipe, options: SetupOptions): Promise<Prepared> {
  const archive = recipe.suite === 'configured' ? ok({}) : await otherSuite(shell, 'sid')
  const version = archive.ok ? await newestVersion(shell, archive.value, recipe.package) : undefined
  if (!archive.ok || version === undefined) return fromCache(recipe, archive)
  if (!isBuilt(recipe, version)) {
    const built = await make(shell, recipe, { version, archive: archive.value, jobs: options.jobs })
    if (!built.ok) return preparedFrom(recipe.name, built)
  }
  recordKernel(recipe, version)
  return { kernel: recipe.name, how: 'ready', says: version }
}

/** The archive does not have the source, or does not answer: a kernel that was built before will do. */
function fromCache(recipe: Recipe, archive: Result<DebianArchive>): Prepared {
  const kept = builtKernel(recipe)
  const why = archive.ok ? `${recipe.package} is not in the archive` : problemText(archive.problem)
  if (kept !== undefined) return { kernel: recipe.name, how: 'ready', says: `${kept.version} from the cache; ${why}` }
  return { kernel: recipe.name, how: archive.ok ? 'left-the-archive' : 'failed', says: why }
}

interface From {
  readonly version: string
  readonly archive: DebianArchive
  readonly jobs: number
}

async function make(shell: Shell, recipe: Recipe, { version, archive, jobs }: From): Promise<Result<string>> {
  const plain = plainOf(recipe)
  const plainTree = treePath(plain, version)
  if (!isThere(plainTree)) {
    const deb = await download(shell, archive, recipe.package, version)
    if (!deb.ok) return deb
    const unpacked = await unpack(shell, deb.value, plainTree)
    if (!unpacked.ok) return unpacked
  }
  const tree = treePath(recipe, version)
  if (tree === plainTree) return build(shell, { recipe, version, tree, jobs })
  const { buildFolder, image } = processors[recipe.processor]
  if (!isThere(join(plainTree, buildFolder, image))) {
    const compiled = await compileKernel(shell, { recipe: plain, version, tree: plainTree, jobs })
    if (!compiled.ok) return compiled
  }
  const planted = await plant(shell, recipe, plainTree, tree)
  return planted.ok ? build(shell, { recipe, version, tree, jobs }) : planted
}

/** The kernel without its change: its objects serve all that are changed. */
function plainOf({ patch: _, driver: __, ...plain }: Recipe): Recipe {
  return { ...plain, name: plain.preset.replace('linux-', '') }
}

/** Trees take gigabytes and come back from their packages in minutes. */
async function throwAway(shell: Shell, wanted: readonly Recipe[]): Promise<void> {
  for (const recipe of wanted) {
    const kernel = builtKernel(recipe)
    if (kernel === undefined) continue
    for (const built of [recipe, plainOf(recipe)]) {
      const tree = treePath(built, kernel.version)
      if (!isThere(tree)) continue
      shell.say(`removing the sources of ${built.name}`)
      await command(shell, ['rm', '-rf', tree])
    }
  }
}
