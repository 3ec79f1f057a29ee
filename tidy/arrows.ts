import { posix } from 'node:path'
import type { Finding } from './finding.js'
import { type Import, importsOf } from './imports.js'
import { isCode, isTest, isTesting, type TextFile, topFolderOf } from './repository.js'

/** A folder imports from itself and from the layers before its own. */
const layers: readonly (readonly string[])[] = [
  ['base'],
  ['spec', 'checker'],
  ['model'],
  ['designs'],
  ['properties'],
  ['referee'],
  ['search'],
  ['litmus', 'mutation', 'bugs', 'cost'],
  ['conform'],
  ['report'],
  ['view'],
  ['export'],
  ['cli'],
  ['api'],
]
/** Outside the package: these import from every folder, and only the root imports from them. */
const outside: readonly string[] = ['bench', 'config', 'docs', 'examples', 'publish', 'tidy', '.ci']

/** The order of folders inside a folder, files beside them last. A test may import upwards: it plays the caller. */
const innerLayers: Readonly<Record<string, readonly string[]>> = {
  model: ['machine', 'plan', 'memory', 'actions'],
  conform: ['protocol', 'oracle', 'cases', 'targets', 'runner', 'design-run', 'testing'],
}

const layerOf = (folder: string): number => layers.findIndex((folders) => folders.includes(folder))
const isKnown = (folder: string): boolean => folder === 'root' || outside.includes(folder) || layerOf(folder) >= 0

export function mayImport(from: string, to: string): boolean {
  if (from === to || from === 'root') return true
  if (outside.includes(to)) return false
  if (outside.includes(from)) return true
  return layerOf(to) >= 0 && layerOf(to) < layerOf(from)
}

function isUpward(from: string, to: string): boolean {
  const [folder, lower] = from.split('/')
  const [other, upper] = to.split('/')
  const layers = innerLayers[folder ?? '']
  if (layers === undefined || folder !== other || isTest(from)) return false
  const layer = (name = '') => (layers.includes(name) ? layers.indexOf(name) : layers.length)
  return layer(upper) > layer(lower)
}

/** Mutation testing, test helpers and what lies outside are not in the package (`files` in package.json). */
const isPublished = (path: string): boolean =>
  !isTest(path) && !isTesting(path) && ![...outside, 'mutation'].includes(topFolderOf(path))

/** Folders whose code anyone can read, and trust, without a third-party package. The rules of `spec` are data alone. */
const withoutPackages: readonly string[] = ['base', 'spec', 'checker', 'model']
/** A file of these folders, and the package that it may import. */
const allowedPackages: Readonly<Record<string, string>> = {
  // A generator of random numbers is copied with care or not at all.
  'base/prng.ts': 'pure-rand',
}

function wrongPackage(from: string, specifier: string): string | undefined {
  const folder = topFolderOf(from)
  if (!withoutPackages.includes(folder) || isTest(from)) return undefined
  if (folder === 'spec') return `spec imports nothing, but here '${specifier}'`
  if (specifier.startsWith('node:') || allowedPackages[from] === specifier.split('/')[0]) return undefined
  return `${folder} imports no package, but here '${specifier}'`
}

/** What is wrong with one import, or undefined. */
function wrongWith(found: Import): string | undefined {
  const { from, specifier, to } = found
  if (to === undefined) return wrongPackage(from, specifier)
  if (isUpward(from, to))
    return `${posix.dirname(from).split('/', 2).join('/')} may not import upwards ('${specifier}')`
  if (isTesting(to) && isPublished(from)) return `published code may not import test helpers ('${specifier}')`
  if (mayImport(topFolderOf(from), topFolderOf(to))) return undefined
  return `${topFolderOf(from)} may not import ${topFolderOf(to)} ('${specifier}')`
}

/** Reports every import against the arrows, and every file of code whose folder has no place among them. */
export function arrows(files: readonly TextFile[]): Finding[] {
  return files
    .filter(({ path }) => isCode(path))
    .flatMap((file): Finding[] => {
      if (!isKnown(topFolderOf(file.path))) {
        return [{ path: file.path, line: 1, message: `folder ${topFolderOf(file.path)} has no place among the arrows` }]
      }
      return importsOf(file).flatMap((found) => {
        const message = wrongWith(found)
        return message === undefined ? [] : [{ path: found.from, line: found.line, message }]
      })
    })
}
