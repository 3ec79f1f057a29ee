import { counted } from '../../base/plural.js'
import { planted } from '../../bugs/bug.js'
import { configurationOf, type Hunt } from '../../bugs/hunt.js'
import { type Bug, museum } from '../../bugs/index.js'
import { differenceText } from '../../search/check/configurations.js'
import { columnsOfTrace } from '../columns/columns.js'
import { mailWidth, wrap } from '../columns/wrap.js'
import { machineOf } from '../text/machine.js'

/** One line a bug, under the names of the subsystems: id, title, subject, property. */
export function bugTable(wanted: readonly Bug[]): string {
  const width = (of: (bug: Bug) => string) => Math.max(0, ...wanted.map((bug) => of(bug).length)) + 2
  const [ids, titles, subjects] = [width(({ id }) => id), width(({ title }) => title), width(subjectName)]
  const sections = Object.entries(museum).flatMap(([subsystem, bugs]) => {
    const rows = bugs
      .filter((bug) => wanted.includes(bug))
      .map((bug) => {
        const { id, title, breaks } = bug
        return `  ${id.padEnd(ids)}${title.padEnd(titles)}${subjectName(bug).padEnd(subjects)}${breaks}`
      })
    return rows.length === 0 ? [] : [[subsystem, ...rows].join('\n')]
  })
  return sections.join('\n\n')
}

/** `on-demand-4k · type1v2` */
const subjectName = ({ plantedIn: { design, driver } }: Bug): string => `${design} · ${driver}`

/** All that is known of a bug without a search. */
export function bugText(bug: Bug): string {
  const { id, title, story, sources, change, breaks, fix, fixChange } = bug
  const field = (name: string, text: string) => {
    const [first = '', ...rest] = wrap(text, mailWidth, ' '.repeat(14))
    return [`  ${name.padEnd(12)}${first.trimStart()}`, ...rest]
  }
  return [
    `${id} · ${title}`,
    ...wrap(story, mailWidth, '  '),
    '',
    ...sources.flatMap(({ name, url, subjectOnly }) => [
      ...field('source', subjectOnly === true ? `${name}, of which only the subject line was read` : name),
      ...field('', url),
    ]),
    ...field('planted in', `${subjectName(bug)} · ${bug.plantedIn.backing}`),
    ...change.flatMap(({ says }) => field('change', says)),
    ...field('breaks', breaks),
    ...field('machine', machineText(bug)),
    ...field('fix', fix),
    ...(fixChange ?? []).flatMap(({ says }) => field('', says)),
  ].join('\n')
}

/** `failure: failures=1` */
function machineText(bug: Bug): string {
  const difference = differenceText(configurationOf(bug))
  return bug.where === 'plain' && difference === 'as asked for' ? 'plain' : `${bug.where}: ${difference}`
}

/** What a hunt found, and what became of the fix. */
export function huntText(bug: Bug, { found, fixBreaks, fixRuns }: Hunt): string {
  const inRuns = (runs: number) => `in ${counted(runs, 'run')}`
  const fix =
    fixBreaks === undefined
      ? `With the fix ${bug.breaks} holds ${inRuns(fixRuns)}.`
      : `With the fix ${bug.breaks} still breaks: ${fixBreaks}`
  if (found === undefined) {
    const setup = `${planted(bug).design.name}/${bug.id}`
    return wrap(`${bug.breaks} did not break on ${setup}. ${fix}`, mailWidth, '  ').join('\n')
  }
  const { header, steps } = found.trace
  return [
    `  ${machineOf(header.setup)}`,
    `  found ${inRuns(found.runs)}, shrunk to ${counted(steps.length, 'action')}`,
    '',
    ...(steps.length === 0
      ? [...wrap(`${header.property}: ${header.why}`, mailWidth, '  ')]
      : [columnsOfTrace(found.trace)]),
    '',
    ...wrap(fix, mailWidth, '  '),
  ].join('\n')
}
