import { posix } from 'node:path'
import { type Finding, lineAt } from './finding.js'
import { importsOf } from './imports.js'
import { isCode, type TextFile } from './repository.js'

/** What `npm pack` would put into the package. */
export interface Packed {
  /** From the root of the repository, with forward slashes. */
  readonly paths: ReadonlySet<string>
  /** The text of each of them that is text and in git: what is built has none. */
  readonly files: readonly TextFile[]
}

interface Manifest {
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const internal = /(^|\/)(testing|golden)\/|^(dist\/)?(mutation|bench|publish|tidy|config)\/|\.test\./

/** Files that are for the tests or the benchmarks of this repository. */
function inner({ paths }: Packed): Finding[] {
  return [...paths].filter((path) => internal.test(path)).map((path) => ({ path, line: 1, message: 'is for tests' }))
}

/** What `exports` and `bin` of package.json name. */
function entries({ paths, files }: Packed): Finding[] {
  const path = 'package.json'
  const text = files.find((file) => file.path === path)?.text ?? '{}'
  const { bin = {}, exports = {} }: Partial<Manifest> = JSON.parse(text)
  const named = [bin, ...Object.values(exports)].flatMap((targets) => Object.values(targets))
  return named
    .filter((name) => !paths.has(posix.normalize(name)))
    .map((name) => ({ path, line: lineAt(text, text.indexOf(name)), message: `not in the package: ${name}` }))
}

/** Links of the documents, `[text](file)`, that lead out of the package. A folder is there if a file in it is. */
function links({ paths, files }: Packed): Finding[] {
  const isThere = (path: string) => paths.has(path) || [...paths].some((one) => one.startsWith(`${path}/`))
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)]
        .filter(({ 1: to = '' }) => !isThere(posix.join(posix.dirname(path), to).replace(/\/$/, '')))
        .map(({ 1: to, index }) => ({ path, line: lineAt(text, index), message: `not in the package: ${to}` })),
    )
}

/** Folders whose types no export reaches: their declarations are left out. A test compiles what is installed. */
const untyped = new RegExp(
  '^(bugs|checker|cli/(?!config/)|conform/targets/linux|conform/(cases|oracle)/(rmm|sept)/|cost|export|litmus|' +
    'designs/(drivers/)?architectures|model/actions/[^/]+/|model/memory|referee|report|' +
    'search/(archive|cells|compare|exhaustive|explanations|jobs)|view)\\b',
)

/** Rules are data, which no one steps into. */
const unmapped = /^spec\//

/** Each source is there as what was compiled from it, whose source map leads to it, and so is what it imports. */
function sources({ paths, files }: Packed): Finding[] {
  return files
    .filter(({ path }) => isCode(path))
    .flatMap((file) => {
      const built = file.path.replace(/\.ts$/, '')
      const endings = [
        'js',
        ...(unmapped.test(file.path) ? [] : ['js.map']),
        ...(untyped.test(file.path) ? [] : ['d.ts']),
      ]
      const wanted = endings.map((ending) => `dist/${built}.${ending}`)
      const imported = importsOf(file).flatMap(({ to }) => (to === undefined ? [] : [to]))
      return [...wanted, ...imported]
        .filter((path) => !paths.has(path))
        .map((path) => ({ path: file.path, line: 1, message: `not in the package: ${path}` }))
    })
}

/** Reports what the package has and should not, and what something in it names and it has not. */
export function packaged(packed: Packed): Finding[] {
  return [...inner(packed), ...entries(packed), ...links(packed), ...sources(packed)]
}
