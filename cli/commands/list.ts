import { Argument, type Command } from 'commander'
import { plainLine } from '../../base/visible.js'
import { bugs } from '../../bugs/index.js'
import { fullName } from '../../designs/index.js'
import { traceFormatNames, traceFormats } from '../../export/formats.js'
import { presetsText } from '../../report/explain/parameter.js'
import { rules } from '../../report/explain/rule.js'
import { type WordListName, wordListNames, wordRows } from '../../report/explain/words.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { configurations, differenceText } from '../../search/check/configurations.js'
import { Status } from '../exit-status.js'
import { designsOption, type OwnOptions, openCatalogue } from '../options/own.js'
import { complainOf, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'

const lists = {
  designs: ({ allDesigns }: Catalogue) =>
    inColumns(
      allDesigns.map((design) => [fullName(design), design.drivers.map(({ name }) => name).join(','), design.summary]),
    ),
  properties: ({ properties }: Catalogue) => inColumns(properties.map(({ name, statement }) => [name, statement])),
  rules: () => inColumns(rules.map(({ id, force, statement }) => [id, force, statement])),
  platforms: ({ own }: Catalogue) =>
    [presetsText(), ...Object.entries(own.platforms).map(([name, text]) => `${name}: ${text}`)].join('\n'),
  configurations: () => inColumns(configurations.map((one) => [one.name, differenceText(one)])),
  bugs: () => inColumns(bugs.map(({ id, title }) => [id, title])),
  formats: () => inColumns(traceFormatNames.map((name) => [name, traceFormats[name].says])),
  commands: (_: Catalogue, program: Command) =>
    inColumns(shownCommands(program).map((command) => [command.name(), command.description()])),
} as const

type ListName = keyof typeof lists | WordListName
export const listNames: readonly string[] = [...Object.keys(lists), ...wordListNames]
/** All commands but the one that scripts of completion call. */
export const shownCommands = ({ commands }: Command): readonly Command[] =>
  commands.filter((command) => command.name() !== 'complete')
const isPage = (name: ListName): name is keyof typeof lists => Object.hasOwn(lists, name)

export function addList(program: Command, io: Io, end: End): void {
  program
    .command('list')
    .description('print all designs, properties, rules, actions, calls, loops, errors …, one a line')
    .addArgument(new Argument('<what>', 'which list').choices(listNames))
    .addHelpText(
      'after',
      `
Where no terminal shows it, an entry over 72 columns continues on lines that are indented.

Exit status: 0 printed · 2 bad input

Examples:
  dmaproof list designs
  dmaproof list rules | grep iommufd`,
    )
    .addOption(designsOption())
    .action(async (what: ListName, options: OwnOptions) => {
      const catalogue = await openCatalogue(options)
      if (catalogue.ok)
        report(io, `${isPage(what) ? lists[what](catalogue.value, program) : inColumns(wordRows(what))}\n`)
      else complainOf(io, catalogue.problem)
      end(catalogue.ok ? Status.Held : Status.BadInput)
    })
}

/** Rows as lines, all but the last entry padded to the width of its column. */
function inColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows
    .map((row) =>
      row.map((entry, at) => (at === row.length - 1 ? plainLine(entry) : entry.padEnd((widths[at] ?? 0) + 2))).join(''),
    )
    .join('\n')
}
