import type { Command } from 'commander'
import { type Bug, bugs, findBug, hunt } from '../../bugs/index.js'
import { bugTable, bugText, huntText } from '../../report/bugs/text.js'
import { Status } from '../exit-status.js'
import { unknownName } from '../options/suggest.js'
import { complain, type End, type Io } from '../terminal/io.js'

export function addBugs(program: Command, io: Io, end: End): void {
  program
    .command('bugs')
    .description('print the real defects that the museum has planted, or hunt some of them')
    .argument('[id...]', 'which ones to hunt: story, source, change, counterexample, and what its fix does')
    .addHelpText(
      'after',
      `
Exit status: 0 each bug breaks the property that it names, and its fix holds · 1 one does not · 2 there is no such bug

Examples:
  dmaproof bugs            all of them, one a line
  dmaproof bugs Q01 T12    two that reached users
  dmaproof explain Q01     the story alone, without a search`,
    )
    .action((ids: string[]) => end(ids.length === 0 ? list(io) : show(io, ids)))
}

function list(io: Io): number {
  io.out(`${bugTable(bugs)}\n`)
  return Status.Held
}

function show(io: Io, ids: readonly string[]): number {
  const wanted = ids.map((id) => ({ id, bug: findBug(id) }))
  for (const { id, bug } of wanted) {
    if (bug !== undefined) continue
    complain(
      io,
      unknownName(
        'bugs',
        id,
        bugs.map((known) => known.id),
        'dmaproof bugs',
      ),
    )
    return Status.BadInput
  }
  return huntAll(
    io,
    wanted.flatMap(({ bug }) => bug ?? []),
  )
}

/** Hunts bugs one after the other, and prints each as it is found. @returns the exit status */
export function huntAll(io: Io, wanted: readonly Bug[]): number {
  const expected = wanted.map((bug, index) => {
    const hunted = hunt(bug)
    io.out(`${index === 0 ? '' : '\n'}${bugText(bug)}\n\n${huntText(bug, hunted)}\n`)
    return hunted.found !== undefined && hunted.fixBreaks === undefined
  })
  return expected.every((one) => one) ? Status.Held : Status.Violated
}
