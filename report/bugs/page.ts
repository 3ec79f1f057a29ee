import { counted } from '../../base/plural.js'
import { type Bug, bugs, museum } from '../../bugs/index.js'
import { notExpressed } from '../../bugs/not-expressed.js'

/**
 * The museum as a page of Markdown.
 *
 * @param lengths actions of each bug's shortest known counterexample, by id
 * @throws Error if a bug has no length
 */
export function museumPage(lengths: ReadonlyMap<string, number>): string {
  const lengthOf = ({ id }: Bug): number => {
    const length = lengths.get(id)
    if (length === undefined) throw new Error(`${id} was not hunted`)
    return length
  }
  const sections = Object.entries(museum).map(([name, shown]) => section(name, shown, lengthOf))
  return `${[introduction(bugs.map(lengthOf)), contents(lengthOf), ...sections, absent()].join('\n\n')}\n`
}

function introduction(all: readonly number[]): string {
  const sorted = [...all].sort((a, b) => a - b)
  const half = sorted[Math.floor(sorted.length / 2)] ?? 0
  const longest = sorted[sorted.length - 1] ?? 0
  return [
    '# The bug museum',
    '',
    `Here are ${all.length} real defects of kernels, hypervisors and VMMs. Each was found in code that people run, and`,
    'each is planted again into correct host software, by a change in one place: a step is dropped, two are swapped,',
    'a range is one page short, an errno is ignored. The named property breaks, and with the fix it holds: a test',
    'says so of each.',
    '',
    `Half of the counterexamples have at most ${half} actions, and the longest has ${longest}.`,
    'Those of none show at boot.',
    'How soon `check` finds each of them at its default settings: [the table](museum.txt), [the chart](museum.svg).',
    'Watch one of them, with its steps in columns:',
    '',
    '```sh',
    'npx dmaproof bugs Q01      # a device writes to the first life of a page',
    'npx dmaproof bugs          # all of them, one per line',
    '```',
  ].join('\n')
}

function contents(lengthOf: (bug: Bug) => number): string {
  const rows = Object.entries(museum).map(([name, shown]) => {
    const lengths = shown.map(lengthOf)
    return `| [${name}](#${anchor(name)}) | ${shown.length} | ${Math.min(...lengths)} to ${Math.max(...lengths)} |`
  })
  return ['| room | bugs | actions |', '| --- | --- | --- |', ...rows].join('\n')
}

const anchor = (name: string): string => name.toLowerCase().replaceAll(' ', '-')

const section = (name: string, shown: readonly Bug[], lengthOf: (bug: Bug) => number): string =>
  [`## ${name}`, ...shown.map((bug) => exhibit(bug, lengthOf(bug)))].join('\n\n')

function exhibit({ id, title, story, sources, change, breaks, fix, plantedIn, where }: Bug, length: number): string {
  const links = sources.map(({ name, url, subjectOnly }) => {
    const remark = subjectOnly === true ? ' (only the subject line was read)' : ''
    return `[${name.replaceAll('[', '\\[')}](${url})${remark}`
  })
  const planted = change.map(({ says }) => says).join('; ')
  const { design, driver, backing } = plantedIn
  return [
    `### ${id} · ${title}`,
    '',
    story,
    '',
    `- **Source** ${links.join(' · ')}`,
    `- **Planted** in \`${design}\` with ${driver}, ${backing}: ${planted}`,
    `- **Breaks** \`${breaks}\` in ${counted(length, 'action')} (configuration *${where}*)`,
    `- **Fix** ${fix}`,
  ].join('\n')
}

function absent(): string {
  return [
    '## Not in the museum',
    '',
    'These were studied as well, and no change of the host software here would tell their story as it was.',
    '',
    '| id | title | why not |',
    '| --- | --- | --- |',
    ...notExpressed.map(({ id, title, reason }) => `| ${id} | ${title} | ${reason} |`),
  ].join('\n')
}
