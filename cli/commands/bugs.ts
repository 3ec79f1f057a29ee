import type { Command } from 'commander'
import { type Bug, bugs, findBug, hunt } from '../../bugs/index.js'
import { bugTable, bugText, huntText } from '../../report/bugs/text.js'
import { bugJson, bugsJson } from '../../report/json/bugs.js'
import { Status } from '../exit-status.js'
import { unknownName } from '../options/suggest.js'
import { complain, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'

export function addBugs(program: Command, io: Io, end: End): void {
  program
    .command('bugs')
    .description('print the real defects that the museum has planted, or hunt some of them')
    .argument('[id...]', 'which ones to hunt: story, source, change, counterexample, and what its fix does')
    .option('--json', 'print an array of bugs; of those that were named, with what the hunt found')
    .addHelpText(
      'after',
      `
Exit status: 0 each bug breaks the property that it names, and its fix holds · 1 one does not · 2 there is no such bug

Examples:
  dmaproof bugs            all of them, one a line
  dmaproof bugs Q01 T12    two that reached users
  dmaproof explain Q01     the story alone, without a search`,
    )
    .action((ids: string[], { json }: { json?: true }) => end(ids.length === 0 ? list(io, json) : show(io, ids, json)))
}

function list(io: Io, json: true | undefined): number {
  if (json) io.out(bugsJson(bugs.map((bug) => bugJson(bug))))
  else report(io, `${bugTable(bugs)}\n`)
  return Status.Held
}

function show(io: Io, ids: readonly string[], json: true | undefined): number {
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
    json,
  )
}

/** Hunts bugs one after the other, and prints each as it is found; with `json`, all at the end. @returns the status */
export function huntAll(io: Io, wanted: readonly Bug[], json?: true): number {
  const hunts = wanted.map((bug, index) => {
    const hunted = hunt(bug)
    if (!json) report(io, `${index === 0 ? '' : '\n'}${bugText(bug)}\n\n${huntText(bug, hunted)}\n`)
    return { bug, hunted }
  })
  if (json) io.out(bugsJson(hunts.map(({ bug, hunted }) => bugJson(bug, hunted))))
  const expected = hunts.every(({ hunted }) => hunted.found !== undefined && hunted.fixBreaks === undefined)
  return expected ? Status.Held : Status.Violated
}
