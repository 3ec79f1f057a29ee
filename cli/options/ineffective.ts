import type { Command } from 'commander'
import { type Meant, meantBy } from './target.js'

/** A command line, as it was read. */
interface Given {
  readonly argument: string
  /** The value of an option that was given; undefined where it was not, whatever its default is. */
  readonly option: (flag: string) => unknown
}

/** What takes the effect from options: words that follow "no effect", and whether it is so. */
interface Circumstance {
  readonly says: string
  readonly holds: (given: Given) => boolean | Promise<boolean>
}

/** Options that are refused in a circumstance, since they would be ignored: a search would not be the one asked for. */
interface NoEffect {
  readonly options: readonly string[]
  readonly where: Circumstance
  readonly since: string
  readonly instead: string
}

const withOption = (flag: string): Circumstance => ({
  says: `with ${flag}`,
  holds: ({ option }) => option(flag) !== undefined,
})
const withoutOptions = (...flags: readonly string[]): Circumstance => ({
  says: `without ${flags.join(' or ')}`,
  holds: ({ option }) => flags.every((flag) => option(flag) === undefined),
})
const onB1: Circumstance = { says: 'on b1', holds: ({ argument }) => argument === 'b1' }

const withOtherFormat: Circumstance = {
  says: 'with a --format other than text',
  holds: ({ option }) => ![undefined, 'text'].some((name) => name === option('--format')),
}

type WordOf = (given: Given) => string

/** A circumstance of a target. It does not hold where the configuration cannot be read: that is refused for itself. */
function target(says: string, wordOf: WordOf, holds: (meant: Meant, given: Given) => boolean): Circumstance {
  return {
    says,
    holds: async (given) => {
      const meant = await meantBy(wordOf(given))
      return meant.ok && holds(meant.value, given)
    },
  }
}

const argument: WordOf = (given) => given.argument
const on: WordOf = ({ option }) => String(option('--on'))

const onNoLinux = (wordOf: WordOf): Circumstance =>
  target('on a target that is no Linux', wordOf, ({ kind }) => kind !== 'linux')

/** Of the target `linux`, wherever a command takes it from. */
const kernels = (wordOf: WordOf): readonly NoEffect[] => [
  {
    options: ['--kernel', '--backing', '--iommu'],
    where: onNoLinux(wordOf),
    since: 'only QEMU starts a kernel of that name, backs its pages and has that IOMMU',
    instead: 'name linux as the target',
  },
  {
    options: ['--kernel'],
    where: target(
      'on a target that names its kernel',
      wordOf,
      ({ kind, word }) => kind === 'linux' && word !== 'linux',
    ),
    since: 'there would be two',
    instead: 'leave it out, or name linux as the target',
  },
]

/** Of every command that writes reports for a CI. */
const ciReports: readonly NoEffect[] = [
  {
    options: ['--kcidb-build'],
    where: withoutOptions('--kcidb'),
    since: 'no other report names a build',
    instead: 'leave it out, or add --kcidb FILE',
  },
]
/** Of every command whose work divides. */
const cells: readonly NoEffect[] = [
  {
    options: ['--shard'],
    where: withoutOptions('--results'),
    since: 'a part that is not kept cannot be joined with the others',
    instead: 'add --results FOLDER',
  },
  {
    options: ['--cell', '--plan'],
    where: withoutOptions('--results'),
    since: 'the plan stands in the folder of results',
    instead: 'add --results FOLDER',
  },
  {
    options: ['--shard'],
    where: withOption('--cell'),
    since: 'a cell is searched whatever its shard is',
    instead: 'leave out one of the two',
  },
]
/** Of every command that shows counterexamples in columns. */
const ofColumns: NoEffect = {
  options: ['--all-steps'],
  where: withOption('--json'),
  since: 'columns are text',
  instead: 'leave out one of the two',
}
const ciFiles = ['--junit', '--ktap', '--markdown', '--report', '--kcidb'] as const

const isOtherThanKvm = ({ named }: Meant, { option }: Given): boolean =>
  (option('--interface') ?? named.interface) !== 'kvm'

/** By command. Commander's own `conflicts` knows neither what an option needs, nor the target, nor a reason. */
export const ineffectiveOptions: Readonly<Record<string, readonly NoEffect[]>> = {
  check: [...ciReports, ...cells, ofColumns],
  explore: [
    ...ciReports,
    ...cells,
    {
      options: ['--fields'],
      where: withOption('--results'),
      since: 'a result keeps verdicts and counts, and no profile of fields',
      instead: 'leave out one of the two',
    },
    {
      options: [
        ...['--platform', '--property', '--driver', '--parts', '--lock', '--symmetry', '--reduce', '--fields'],
        ...['--save', '--graph', '--automaton'],
        '--results',
        ...ciFiles,
      ],
      where: onB1,
      since: 'the benchmark model is no design, has one property, no names of steps, and leaves no trace',
      instead: 'it takes --scope N=6,V=2,D=2',
    },
    {
      options: [
        '--states',
        '--memory',
        '--workers',
        '--compress',
        '--fields',
        '--resume',
        '--every',
        '--checkpoints',
        '--save',
        '--graph',
        '--automaton',
        '--results',
        ...ciFiles,
      ],
      where: withOption('--random'),
      since: 'a random walk is one thread that keeps nothing',
      instead: 'leave out --random to see every state',
    },
    {
      options: ['--seed'],
      where: withoutOptions('--random'),
      since: 'a search of every state draws nothing',
      instead: 'leave it out, or add --random',
    },
  ],
  compare: [
    ...ciReports,
    ...cells,
    {
      options: ['--exhaustive', '--scope', '--time', '--states', '--memory'],
      where: withOption('--random'),
      since: 'a drawn search ends after its --runs, keeps no states, and has the sizes of docs/verdicts.txt',
      instead: 'leave out --random to see every state',
    },
    {
      options: ['--architectures'],
      where: withOption('--random'),
      since: 'architectures are compared by searches of every state',
      instead: 'leave out one of the two',
    },
    {
      options: ['--architectures'],
      where: withOption('--exhaustive'),
      since: 'it sees every state as it is, at sizes of its own',
      instead: 'leave out one of the two; other sizes: --scope',
    },
    {
      options: ['--cost'],
      where: withOption('--json'),
      since: 'the array has verdicts alone',
      instead: 'leave out one of the two; dmaproof cost --json prints costs',
    },
    {
      options: ['--scope'],
      where: withOption('--exhaustive'),
      since: 'it has the largest sizes that end in minutes',
      instead: 'leave out one of the two',
    },
    {
      options: ['--runs', '--seed'],
      where: withoutOptions('--random', '--exhaustive'),
      since: 'a search of every state draws nothing',
      instead: 'leave it out, or add --random',
    },
  ],
  cost: [
    {
      options: ['--workload'],
      where: withOption('--file'),
      since: 'the file is the workload',
      instead: 'leave out one of the two',
    },
  ],
  litmus: [
    ...ciReports,
    ...cells,
    {
      options: ['--show'],
      where: withOption('--json'),
      since: 'columns are text',
      instead: 'leave out one of the two',
    },
  ],
  conform: [
    ...kernels(argument),
    ...ciReports,
    ...cells,
    {
      options: ['--rule-coverage'],
      where: withOption('--results'),
      since: 'a result keeps divergences, and not the rules behind right replies',
      instead: 'leave out one of the two',
    },
    {
      options: ['--beside'],
      where: target('without --interface kvm', argument, isOtherThanKvm),
      since: 'nothing stands beside another interface',
      instead: 'add --interface kvm, or name what maps as the --interface',
    },
  ],
  run: [...kernels(on), ...ciReports, ...cells],
  replay: [
    {
      options: ['--timeout', '--backing', '--iommu'],
      where: withoutOptions('--on'),
      since: 'nothing is started to replay what is in the file',
      instead: 'leave it out, or add --on',
    },
    {
      options: ['--backing', '--iommu'],
      where: onNoLinux(on),
      since: 'only QEMU backs the pages of its guest and has that IOMMU',
      instead: 'name linux-7.2 as the target',
    },
    {
      options: ['--all-steps'],
      where: withOtherFormat,
      since: 'it says itself which steps it shows',
      instead: 'leave out one of the two',
    },
    ofColumns,
    {
      options: ['--format'],
      where: withOption('--json'),
      since: 'the object is the verdict, and no picture of the trace',
      instead: 'leave out one of the two',
    },
  ],
}

/**
 * Ends a command line that asks for something that would be ignored.
 *
 * @throws CommanderError as for every other option that is wrong
 */
export async function refuseIneffective(command: Command): Promise<void> {
  const given = givenTo(command)
  for (const { options, where, since, instead } of ineffectiveOptions[command.name()] ?? []) {
    const useless = options.filter((flag) => given.option(flag) !== undefined)
    if (useless.length === 0 || !(await where.holds(given))) continue
    command.error(`error: ${useless.join(', ')}: no effect ${where.says}, since ${since}; ${instead}`)
  }
}

function givenTo(command: Command): Given {
  const option = (flag: string): unknown => {
    const name = command.options.find(({ long }) => long === flag)?.attributeName() ?? ''
    return command.getOptionValueSource(name) === 'cli' ? command.getOptionValue(name) : undefined
  }
  return { argument: command.args[0] ?? '', option }
}
