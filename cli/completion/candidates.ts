import type { Argument, Command, Option } from 'commander'

/** Words that fit a value, by the name of the option or of the argument that takes it. */
export type KnownValues = ReadonlyMap<string, () => readonly string[]>

/**
 * What may stand for the last word of a command line.
 *
 * @param words behind `dmaproof`, the last of them as far as it was typed
 * @returns none where a file, or a value that no list has, is to be typed
 */
export function candidates(program: Command, words: readonly string[], known: KnownValues): string[] {
  const typed = words.at(-1) ?? ''
  const { command, before, rest } = find(program, words.slice(0, -1))
  const taking = optionOf(command, before.at(-1))
  const fitting = (all: readonly string[]) => all.filter((word) => word.startsWith(typed))
  if (taking !== undefined && (taking.required || taking.optional)) return fitting(valuesOf(taking, known))
  if (typed.startsWith('-')) return fitting(flagsOf(command))
  if (command.commands.length > 0) return fitting(command.commands.filter(isShown).map((one) => one.name()))
  const takenArgument = command.registeredArguments[rest] ?? lastVariadic(command)
  return takenArgument === undefined ? [] : fitting(valuesOf(takenArgument, known))
}

interface Found {
  readonly command: Command
  /** Words behind the command's name, and how many of them are arguments. */
  readonly before: readonly string[]
  readonly rest: number
}

/** The innermost command that the words name. */
function find(program: Command, words: readonly string[]): Found {
  let command = program
  let before = [...words]
  for (;;) {
    const sub = command.commands.find((one) => one.name() === before[0])
    if (sub === undefined) break
    command = sub
    before = before.slice(1)
  }
  const isValue = (at: number) => {
    const option = optionOf(command, before[at - 1])
    return option?.required === true || option?.optional === true
  }
  const rest = before.filter((word, at) => !word.startsWith('-') && !isValue(at)).length
  return { command, before, rest }
}

const optionOf = (command: Command, word: string | undefined): Option | undefined =>
  command.options.find(({ long, short }) => word !== undefined && (word === long || word === short))

const flagsOf = (command: Command): string[] => [
  ...command.options.filter(({ hidden }) => !hidden).flatMap(({ long, short }) => long ?? short ?? []),
  '--help',
]

const isShown = (command: Command): boolean => command.name() !== 'complete'

const lastVariadic = (command: Command): Argument | undefined => {
  const last = command.registeredArguments.at(-1)
  return last?.variadic === true ? last : undefined
}

function valuesOf(taker: Option | Argument, known: KnownValues): readonly string[] {
  if (taker.argChoices !== undefined) return taker.argChoices
  const name = 'long' in taker ? (taker.long ?? '').replace(/^--/, '') : taker.name()
  return known.get(name)?.() ?? []
}
