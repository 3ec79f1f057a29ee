import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInstrumenter } from '@stryker-mutator/instrumenter'
import { createInjector } from 'typed-inject'
import { Prng } from '../../base/prng.js'

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
  /** Code by absolute path: the original with all mutants in it, each asleep. */
  readonly code: ReadonlyMap<string, string>
  readonly mutants: readonly RuleMutant[]
}

const nothing = () => undefined
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing }
const off = () => false
const log = {
  ...silent,
  ...{ isTraceEnabled: off, isDebugEnabled: off, isInfoEnabled: off },
  ...{ isWarnEnabled: off, isErrorEnabled: off, isFatalEnabled: off },
}

/** Puts every mutant of these files into them. */
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
  return { code: new Map(made.files.map(({ name, content }) => [join(root, name), quick(content)])), mutants }
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
 * is called, so that tables of functions can be mutated after they are built.
 */
function quick(code: string): string {
  return code
    .replace(/^[\s\S]*?\nfunction stryMutAct_9fa48[\s\S]*?\n}\n/, 'const mutants = globalThis.ruleMutants\n')
    .replaceAll(
      /stryMutAct_9fa48\("(\d+)"\) \? \(\) => undefined : \(stryCov_9fa48\("\1"\), /g,
      (_, id) => `mutants.wrap(${id}, `,
    )
    .replaceAll(/stryMutAct_9fa48\("(\d+)"\)/g, (_, id) => `(mutants.active === ${id} && mutants.hit())`)
    .replaceAll(/stryCov_9fa48\(([^)]*)\)/g, (_, ids: string) => `mutants.reach(${ids.replaceAll('"', '')})`)
}

/** As many mutants as asked, drawn with a seed; all if there are no more. */
export function sampleOf(mutants: readonly RuleMutant[], size: number, seed: number): RuleMutant[] {
  const dice = new Prng(seed)
  const left = [...mutants]
  const drawn: RuleMutant[] = []
  while (drawn.length < size && left.length > 0) drawn.push(...left.splice(dice.nextBelow(left.length), 1))
  return drawn.sort((a, b) => a.id - b.id)
}
