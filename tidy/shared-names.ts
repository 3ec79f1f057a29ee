import type { Directive, Statement } from 'oxc-parser'
import { type Finding, lineAt } from './finding.js'
import { isCode, isTest, isTesting, type TextFile, topFolderOf } from './repository.js'
import { parse } from './syntax.js'

/** Names that two files may declare, and why a reader takes neither for the other. */
const allowed: Readonly<Record<string, string>> = {
  dmaSuite: 'one suite: the published function imports the other late, with the peers of the package',
  explore: "sees every state: of a system, or of a design's machines",
  cloudHypervisor: 'a program, whose code and history are a source of rules, and of bugs',
  crosvm: 'a program, whose code and history are a source of rules, and of bugs',
  openvmm: 'a program, whose code and history are a source of rules, and of bugs',
  xen: 'a program, whose code and history are a source of rules, and of bugs',
  pkvm: 'an architecture, and the machines that have it',
  riscvCove: 'an architecture, and its specification',
  isCounted: 'counted by the hypervisor of pKVM, or by the TDX module: each architecture has its own',
  isDrained: "whether no DMA is waited for, by an invalidation of a trusted device or by a vCPU's",
  Place: 'where a problem is, and where a word of a state stands in the packed one, inside the checker',
  check: 'a design by random runs, as the package exports it, or replies by the model',
  Call: 'a call that a plan makes, and one of the line protocol, which the package exports as ProtocolCall',
  Parts: 'the parts of a machine, and those of a name that mean one kernel',
  withParts: 'a machine, or a kernel, that has some parts',
}

/** Modules whose functions and constants are words of a language: plans, changes of plans, conformance cases. */
const isVocabulary = (path: string): boolean =>
  path.startsWith('designs/vocabulary/') || path === 'bugs/operators.ts' || path === 'conform/cases/looks.ts'

/** Folders that are no part of the package, or stand for a user's own code. */
const others: readonly string[] = ['tidy', 'examples']

/** What writes reproducers in C has names for pieces of C, which no other file imports. */
const ofReproducers = 'conform/targets/linux/repro/'

interface Declared {
  readonly name: string
  readonly isType: boolean
  readonly path: string
  readonly line: number
}

/** Reports names that two files export, each for something of its own: a reader has to know which one is meant. */
export const sharedNames = (files: readonly TextFile[]): Finding[] =>
  [...declarationsOf(files)].flatMap(([name, [first, ...later]]) =>
    later
      .filter(({ path }) => path !== first?.path && !Object.hasOwn(allowed, name))
      .map(({ path, line }) => ({
        path,
        line,
        message: `${name} is exported by ${first?.path}:${first?.line} too; give one of them the name of what it is`,
      })),
  )

/** Names that may be shared, and that one file has alone by now. */
export function unsharedNames(files: readonly TextFile[]): string[] {
  const declarations = declarationsOf(files)
  return Object.keys(allowed).filter((name) => new Set(declarations.get(name)?.map(({ path }) => path)).size < 2)
}

function declarationsOf(files: readonly TextFile[]): Map<string, Declared[]> {
  const byName = new Map<string, Declared[]>()
  for (const file of files.filter(isAsked)) {
    for (const one of exportsOf(file)) byName.set(one.name, [...(byName.get(one.name) ?? []), one])
  }
  return byName
}

const isAsked = ({ path }: TextFile): boolean =>
  isCode(path) &&
  !isTest(path) &&
  !isTesting(path) &&
  !path.startsWith(ofReproducers) &&
  !others.includes(topFolderOf(path))

function exportsOf(file: TextFile): Declared[] {
  return parse(file).body.flatMap((statement) =>
    namesOf(statement)
      .filter(({ isType }) => isType || !isVocabulary(file.path))
      .map((named) => ({ ...named, path: file.path, line: lineAt(file.text, statement.start) })),
  )
}

function namesOf(statement: Statement | Directive): Pick<Declared, 'name' | 'isType'>[] {
  if (statement.type !== 'ExportNamedDeclaration' || statement.declaration === null) return []
  const { declaration } = statement
  if (declaration.type === 'VariableDeclaration') {
    return declaration.declarations.flatMap(({ id }) =>
      id.type === 'Identifier' ? [{ name: id.name, isType: false }] : [],
    )
  }
  if (!('id' in declaration) || declaration.id?.type !== 'Identifier') return []
  return [{ name: declaration.id.name, isType: declaration.type !== 'FunctionDeclaration' }]
}
