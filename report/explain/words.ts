import {
  capabilitySays,
  failureSays,
  halfSays,
  limitSays,
  linuxBackingSays,
  linuxIommuSays,
  observationSays,
  replySays,
  requestSays,
} from '../../conform/protocol/words.js'
import { measures } from '../../cost/measures.js'
import { iotlbs } from '../../cost/parameters.js'
import { workloadStepSays } from '../../cost/workload.js'
import { workloads } from '../../cost/workloads.js'
import { pageTable } from '../../designs/drivers/page-table.js'
import { allDesigns, fullName } from '../../designs/index.js'
import * as conditions from '../../designs/vocabulary/conditions.js'
import * as loops from '../../designs/vocabulary/loops.js'
import * as ranges from '../../designs/vocabulary/ranges.js'
import * as steps from '../../designs/vocabulary/steps.js'
import { litmusWords } from '../../litmus/words.js'
import { parameterSays } from '../../model/actions/parameters.js'
import { relation } from '../../model/actions/relation.js'
import { callSays } from '../../model/machine/effects.js'
import { errnoSays } from '../../model/machine/errno.js'
import { partNames, partSays } from '../../model/machine/parts.js'
import { platformTable } from '../../model/machine/platform.js'
import { scopeTable } from '../../model/machine/scope.js'
import { platformValueSays, scopeValueSays } from '../../model/machine/sentences/field-values.js'
import { lockSays } from '../../model/machine/state.js'
import { needSays } from '../../search/cells/cell.js'
import { systemSays } from '../../search/exhaustive/exploration-spec.js'
import { verdictSays } from '../../search/verdict.js'
import { outcomeSays } from '../ci/outcome.js'
import { columnSays } from '../columns/actor.js'
import { mailWidth, wrap } from '../columns/wrap.js'
import { endedSays } from '../json/conform-cell.js'
import { cellStateSays } from '../text/campaign.js'
import { designDocstrings, vocabularyDocstrings } from './docstrings.js'
import { packageText } from './package-text.js'
import { results } from './results.js'

/** A word that dmaproof prints or accepts. */
export interface ExplainedWord {
  readonly name: string
  readonly sentence: string
  /** Whose value it is, or which actions have it. */
  readonly of?: string
  /** Lines of code, or a line about its use. */
  readonly example?: readonly string[]
  /** As it stands in a printed plan: `each mapped page`. */
  readonly printed?: string
}

type Sentences = Readonly<Record<string, string>>

const wordsOf = (says: Sentences, of?: string): ExplainedWord[] =>
  Object.entries(says).map(([name, sentence]) => ({ name, sentence, ...(of === undefined ? {} : { of }) }))

/** Words of a module of the vocabulary, as its docstrings have them. */
const vocabulary = (module: string, prefix: string, exports: object): ExplainedWord[] =>
  [...vocabularyDocstrings(module)]
    .filter(([name]) => name in exports)
    .map(([name, { text, example }]) => {
      const printed = printedName(module, Object.entries(exports).find(([own]) => own === name)?.[1])
      return { name: `${prefix}.${name}`, sentence: text, example, ...(printed === undefined ? {} : { printed }) }
    })

/** What plans that are printed call a loop, a condition, a range or a note: without the range that it is made for. */
function printedName(module: string, word: unknown): string | undefined {
  const made: unknown = typeof word === 'function' && module !== 'steps' ? word(ranges.chunk, steps.domain) : word
  if (typeof made !== 'object' || made === null || !('name' in made) || typeof made.name !== 'string') return undefined
  return made.name.replace(/ of chunk$/, '')
}

const inOrder = (words: readonly ExplainedWord[]): ExplainedWord[] =>
  [...words].sort((a, b) => a.name.localeCompare(b.name) || (a.of ?? '').localeCompare(b.of ?? ''))

/** Rows by what they share, such as a parameter's name. */
function actionsBy(names: (row: (typeof relation)[keyof typeof relation]) => readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [kind, row] of Object.entries(relation)) {
    for (const name of names(row)) found.set(name, [...(found.get(name) ?? []), kind])
  }
  return found
}

function parameters(): ExplainedWord[] {
  const used = [...actionsBy((row) => row.parameters)]
  const says: Readonly<Record<string, string>> = parameterSays
  return used.map(([name, kinds]) => ({ name, sentence: says[name] ?? '', of: short(kinds) }))
}

const shownKinds = 4
const short = (kinds: readonly string[]): string =>
  kinds.length > shownKinds
    ? `${kinds.slice(0, shownKinds).join(', ')} and ${kinds.length - shownKinds} more`
    : kinds.join(', ')

function values(): ExplainedWord[] {
  const fields = Object.entries<Sentences>({ ...platformValueSays, ...scopeValueSays })
  const seen = new Map<string, ExplainedWord & { readonly kinds: string[] }>()
  for (const [kind, { params }] of Object.entries(relation)) {
    for (const [parameter, { says = {} }] of Object.entries(params)) {
      for (const [name, sentence] of Object.entries(says)) {
        const known = seen.get(`${parameter} ${sentence}`)
        if (known === undefined) seen.set(`${parameter} ${sentence}`, { name, sentence, of: parameter, kinds: [kind] })
        else known.kinds.push(kind)
      }
    }
  }
  const ofActions = [...seen.values()].map(({ kinds, ...word }) => ({ ...word, of: `${word.of} of ${short(kinds)}` }))
  return inOrder([...fields.flatMap(([field, says]) => wordsOf(says, field)), ...ofActions])
}

function drivers(): ExplainedWord[] {
  const inDesigns = allDesigns.flatMap((design) => design.drivers)
  const found = new Map([...inDesigns, pageTable].map((driver) => [driver.name, driver] as const))
  return [...found.values()].map(({ name, summary = '' }) => {
    const used = allDesigns.filter((design) => design.drivers.some((driver) => driver.name === name)).map(fullName)
    return { name, sentence: summary, of: used.length === 0 ? 'no design' : short(used) }
  })
}

/** Fields that a design or a driver of one's own is made of. */
const fieldsOf = (name: 'Design' | 'Driver'): ExplainedWord[] =>
  [...designDocstrings(name)].map(([field, { text }]) => ({ name: field, sentence: text }))

/** The terms of the glossary: a table in docs/glossary.md. */
function terms(): ExplainedWord[] {
  const rows = packageText('docs/glossary.md').matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm)
  return [...rows].flatMap(([, name = '', sentence = '']) =>
    name === 'term' || name.startsWith('---') ? [] : [{ name, sentence }],
  )
}

const sentenceOf = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.?$/, '.')}`

interface WordList {
  /** What one of them is, as in `map (a call)`. */
  readonly what: string
  readonly words: () => readonly ExplainedWord[]
}

/** Lists of words, by what `dmaproof list` calls them. */
export const wordLists = {
  actions: {
    what: 'an action',
    words: () => Object.entries(relation).map(([name, { says }]) => ({ name, sentence: says })),
  },
  parts: { what: 'a part of the machine', words: () => partNames.map((name) => ({ name, sentence: partSays[name] })) },
  fields: {
    what: 'a field',
    words: () => [
      ...Object.entries(scopeTable).map(([name, { description }]) => ({ name, sentence: description, of: 'scope' })),
      ...Object.entries(platformTable).map(([name, { description }]) => ({
        name,
        sentence: description,
        of: 'platform',
      })),
    ],
  },
  locks: { what: 'a lock', words: () => wordsOf(lockSays) },
  parameters: { what: 'a parameter', words: parameters },
  values: { what: 'a value', words: values },
  calls: { what: 'a call of a plan', words: () => wordsOf(callSays) },
  steps: { what: 'a step of a plan', words: () => vocabulary('steps', 'steps', steps) },
  loops: { what: 'a loop of a plan', words: () => vocabulary('loops', 'loops', loops) },
  ranges: { what: 'a range of a plan', words: () => vocabulary('ranges', 'ranges', ranges) },
  conditions: { what: 'a condition of a plan', words: () => vocabulary('conditions', 'conditions', conditions) },
  drivers: { what: 'a driver', words: drivers },
  'design-fields': { what: 'a field of a design', words: () => fieldsOf('Design') },
  'driver-fields': { what: 'a field of a driver', words: () => fieldsOf('Driver') },
  interfaces: { what: 'an interface of `conform`', words: () => wordsOf(capabilitySays) },
  limits: { what: 'a limit of a reset of `conform`', words: () => wordsOf(limitSays) },
  observations: { what: 'an observation of `conform`', words: () => wordsOf(observationSays) },
  errnos: { what: 'an error', words: () => wordsOf(errnoSays) },
  verdicts: { what: 'a verdict', words: () => wordsOf(verdictSays) },
  litmus: {
    what: 'a word of litmus tests',
    words: () => litmusWords.map(([name, sentence]) => ({ name, sentence, printed: name.replaceAll('-', ' ') })),
  },
  requests: { what: 'a request of the line protocol', words: () => wordsOf(requestSays) },
  replies: { what: 'a value of a reply, or what came instead', words: () => wordsOf({ ...replySays, ...failureSays }) },
  halves: { what: "a half of a realm's addresses", words: () => wordsOf(halfSays) },
  'guest-pages': { what: 'a backing of a kernel under test', words: () => wordsOf(linuxBackingSays) },
  units: { what: 'an IOMMU of QEMU', words: () => wordsOf(linuxIommuSays) },
  results: { what: 'a result', words: () => results.map(([name, sentence]) => ({ name, sentence })) },
  columns: { what: 'a column of a run', words: () => wordsOf(columnSays) },
  workloads: {
    what: 'a workload of `cost`',
    words: () => workloads.map(({ name, says }) => ({ name, sentence: says })),
  },
  'workload-steps': { what: 'a step of a workload', words: () => wordsOf(workloadStepSays) },
  iotlbs: {
    what: 'an IOTLB of `cost`',
    words: () => iotlbs.map(({ name, source }) => ({ name, sentence: sentenceOf(source) })),
  },
  measures: {
    what: 'a figure of `cost`',
    words: () => measures.map(({ label, says }) => ({ name: label.trim(), sentence: sentenceOf(says) })),
  },
  cells: {
    what: 'a state of cells, or their need',
    words: () => wordsOf({ ...needSays, ...cellStateSays, ...endedSays }),
  },
  outcomes: { what: 'an outcome', words: () => wordsOf(outcomeSays) },
  systems: { what: 'what `explore` searches', words: () => wordsOf(systemSays) },
  terms: { what: 'a term of the glossary', words: terms },
} as const satisfies Readonly<Record<string, WordList>>

export type WordListName = keyof typeof wordLists
export const wordListNames = Object.keys(wordLists) as WordListName[]

/** Every word but those whose pages say more than a sentence: actions, parts and fields. */
const inSentences = wordListNames.filter((name) => !['actions', 'parts', 'fields'].includes(name))

const answersTo = ({ name, printed }: ExplainedWord, asked: string): boolean =>
  name === asked || printed === asked || name.endsWith(`.${asked}`) || name.split(', ').includes(asked)

let known: readonly { readonly word: ExplainedWord; readonly what: string }[] | undefined

/** What is known of a word in each of its senses, in as many texts; the glossary's where nothing says more. */
export function wordTexts(asked: string): string[] {
  known ??= inSentences.flatMap((list) => {
    const { words, what } = wordLists[list]
    return words().map((word) => ({ word, what }))
  })
  const found = known.filter(({ word }) => answersTo(word, asked))
  const said = found.filter(({ what }) => what !== wordLists.terms.what)
  const senses = said.length === 0 ? found : said
  const isFirst = ({ sentence }: ExplainedWord, at: number): boolean =>
    senses.findIndex(({ word }) => word.sentence === sentence) === at
  return senses.filter(({ word }, at) => isFirst(word, at)).map(({ word, what }) => wordText(word, what))
}

function wordText({ name, sentence, of, example = [] }: ExplainedWord, what: string): string {
  return [
    `${name} (${what}${of === undefined ? '' : ` of ${of}`})`,
    ...wrap(sentence, mailWidth, '  '),
    ...example.map((line) => `    ${line}`),
  ].join('\n')
}

/** Every name that `wordTexts` knows. */
export const wordNames = (): string[] => inSentences.flatMap((list) => wordLists[list].words().map(({ name }) => name))

/** A list of words, one per line: name, whose it is where that matters, sentence. */
export const wordRows = (list: WordListName): string[][] =>
  wordLists[list]
    .words()
    .map(({ name, sentence, of }: ExplainedWord) => (of === undefined ? [name, sentence] : [name, of, sentence]))
