import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { KilledBefore, MutantResult } from './run.js'

/** One killed mutant a line: group, mutant, where, run, property. */
const path = fileURLToPath(new URL('killed-before.txt', import.meta.url))
const between = ' | '

/**
 * Where mutants were killed when the list was last written. It saves time and decides nothing: a mutant that is
 * not killed there again is tried everywhere.
 */
export function readKilledBefore(): KilledBefore {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []
  const known = new Map(
    lines.map((line) => {
      const [group = '', mutant = '', where = '', run = ''] = line.split(between)
      return [`${group}${between}${mutant}`, { where, run: Number(run) }] as const
    }),
  )
  return (group, mutant) => known.get(`${group}${between}${mutant}`)
}

export function writeKilledBefore(results: readonly MutantResult[]): void {
  const lines = results
    .filter(({ where }) => where !== '')
    .map(({ group, mutant, where, runs, killedBy }) => [group, mutant, where, runs, killedBy].join(between))
  writeFileSync(path, `${lines.join('\n')}\n`)
}
