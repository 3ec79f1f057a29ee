import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInstrumenter } from '@stryker-mutator/instrumenter'
import { createInjector } from 'typed-inject'

/** A change of one expression or block of a rule file, as Stryker's instrumenter makes it. */
export interface RuleMutant {
  readonly id: number
  /** Relative to the root, with `/`. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column: number
  readonly operator: string
  /** The text that is replaced, and what replaces it. */
  readonly was: string
  readonly becomes: string
}

export interface Instrumented {
  readonly mutants: readonly RuleMutant[]
  /** Code by absolute path: the original with those of the mutants in it that are asked for, each asleep. */
  readonly codeWith: (ids: ReadonlySet<number>) => ReadonlyMap<string, string>
}

/** The files of the rules: those of `model/`, `properties/` and `spec/` whose paths have one of these parts. */
export function ruleFiles(root: string, parts: readonly string[] = ['']): string[] {
  const isRule = (path: string) =>
    path.endsWith('.ts') &&
    !path.endsWith('.test.ts') &&
    !path.includes('/testing/') &&
    parts.some((part) => path.includes(part))
  return ['model', 'properties', 'spec'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
      .filter(isRule)
      .sort(),
  )
}

const nothing = () => undefined
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing }
const off = () => false
const log = {
  ...silent,
  ...{ isTraceEnabled: off, isDebugEnabled: off, isInfoEnabled: off },
  ...{ isWarnEnabled: off, isErrorEnabled: off, isFatalEnabled: off },
}

/** Finds every mutant of these files. */
export async function instrument(root: string, files: readonly string[]): Promise<Instrumented> {
  const instrumenter = createInjector().provideValue('logger', log).injectFunction(createInstrumenter)
  const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
  const given = [...texts].map(([name, content]) => ({ name, content, mutate: true }))
  const made = await instrumenter.instrument(given, { plugins: null, excludedMutations: [], ignorers: [] })
  const mutants = made.mutants.map(({ id, fileName, location: { start, end }, mutatorName, replacement }) => ({
    id: Number(id),
    file: fileName,
    line: start.line + 1,
    column: start.column + 1,
    operator: mutatorName,
    was: between(texts.get(fileName) ?? '', start, end),
    becomes: replacement,
  }))
  const codeWith = (ids: ReadonlySet<number>) =>
    new Map(made.files.map(({ name, content }) => [join(root, name), quick(content, ids)]))
  return { mutants, codeWith }
}

interface Position {
  readonly line: number
  readonly column: number
}

function between(text: string, start: Position, end: Position): string {
  const lines = text.split('\n').slice(start.line, end.line + 1)
  const last = lines.length - 1
  return lines
    .map((line, at) => line.slice(at === 0 ? start.column : 0, at === last ? end.column : undefined))
    .join('\n')
}

/**
 * Stryker's helpers of a file in the form that `switch.ts` has. A function that a mutant empties is looked at when it
 * is called, so that tables of functions can be mutated after they are built. Where no mutant is asked for, the code
 * is as it was, so that it is as quick; but each block still counts as a place that is passed.
 */
export function quick(code: string, ids: ReadonlySet<number>): string {
  const idsIn = (list: string) => [...list.matchAll(/\d+/g)].map(Number).filter((id) => ids.has(id))
  return code
    .replace(/^[\s\S]*?\nfunction stryMutAct_9fa48[\s\S]*?\n}\n/, 'const mutants = globalThis.ruleMutants\n')
    .replaceAll(/stryMutAct_9fa48\("(\d+)"\) \? \(\) => undefined : \(stryCov_9fa48\("\1"\), /g, (_, id) =>
      ids.has(Number(id)) ? `mutants.wrap(${id}, ` : '(',
    )
    .replaceAll(/stryMutAct_9fa48\("(\d+)"\)/g, (_, id) =>
      ids.has(Number(id)) ? `(mutants.active === ${id} && mutants.hit())` : 'false',
    )
    .replaceAll(/(\()?stryCov_9fa48\(([^)]*)\)/g, (_, inside: string | undefined, list: string) => {
      const places = idsIn(list)
      const none = inside === undefined ? 'mutants.pass()' : '0'
      return `${inside ?? ''}${places.length > 0 ? `mutants.reach(${places})` : none}`
    })
}
