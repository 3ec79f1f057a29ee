import { posix } from 'node:path'
import { ok, type Problem, type Result, refuse, within } from '../../base/result.js'
import { takenNames } from '../../search/catalogue/names.js'
import type { AskUser } from '../terminal/io.js'

/** What `init` has to know. */
export interface Answers {
  /** Of the design. */
  readonly name: string
  /** Of the design and its suites, from the project's folder. */
  readonly folder: string
  readonly hasCi: boolean
}

/** A name that a command line, a file and an import can say, and that means nothing in dmaproof yet. */
function readName(text: string): Result<string> {
  if (!/^[A-Za-z0-9][\w-]*$/.test(text)) {
    const remedy = 'The name is that of a file and a word of command lines: mine, my-vmm.'
    return refuse(`found "${text}", expected letters, digits, _ and -, and first a letter or digit`, { remedy })
  }
  if (takenNames.design.includes(text)) {
    const remedy = 'Give it a name of its own; the names that are taken: dmaproof list designs'
    return refuse(`found "${text}", which is taken: dmaproof has a design of that name`, { remedy })
  }
  return ok(text)
}

const isSegment = (word: string): boolean => /^[A-Za-z0-9_@][\w@.-]*$/.test(word) && word !== 'node_modules'

/** A folder below the project, in words that a workflow and an import can say without quotes. */
function readFolder(text: string): Result<string> {
  const path = posix.normalize(text).replace(/\/$/, '')
  if (path.split('/').every(isSegment)) return ok(path)
  const remedy = 'Name one below the working directory: dmaproof, tests/dma.'
  const expected = 'a relative path of names of letters, digits, and any of _ @ . -, none of which is node_modules'
  return refuse(`found "${text}", expected ${expected} or begins with a dot`, { remedy })
}

/** Yes or no, as it is answered on a terminal. */
function readYes(text: string): Result<boolean> {
  if (/^y(es)?$/i.test(text)) return ok(true)
  if (/^no?$/i.test(text)) return ok(false)
  return refuse(`found "${text}", expected y or n`)
}

interface Question<T> {
  readonly option: string
  readonly asks: string
  /** The answer to an empty line. */
  readonly usual: string
  readonly read: (text: string) => Result<T>
}

const questions = {
  name: { option: '--design', asks: 'Name of the design', usual: 'mine', read: readName },
  folder: { option: '--folder', asks: 'Folder of the design and its suites', usual: 'dmaproof', read: readFolder },
  hasCi: { option: '--no-ci', asks: 'A workflow for GitHub that runs the suites', usual: 'y', read: readYes },
} as const

/** What the command line says; undefined where it leaves the answer open. */
export interface Given {
  readonly name: string | undefined
  readonly folder: string | undefined
  readonly hasCi: boolean | undefined
}

/**
 * Completes what was given: by asking, or else by what is usual.
 *
 * @param ask undefined where no question can be asked
 * @param complain is told what is wrong with an answer, before the question is asked again
 */
export async function answersOf(
  given: Given,
  ask: AskUser | undefined,
  complain: (problem: Problem) => void,
): Promise<Result<Answers>> {
  const answered = async <T>(text: string | undefined, question: Question<T>): Promise<Result<T>> => {
    if (text !== undefined) return named(question, text)
    for (;;) {
      const said = ask === undefined ? question.usual : await ask(`${question.asks} [${question.usual}]: `)
      if (said === undefined) return refuse('the questions were not answered, and nothing was written')
      const read = question.read(said.trim() || question.usual)
      if (read.ok) return read
      complain(read.problem)
    }
  }
  const name = await answered(given.name, questions.name)
  if (!name.ok) return name
  const folder = await answered(given.folder, questions.folder)
  if (!folder.ok) return folder
  const hasCi = given.hasCi === undefined ? await answered(undefined, questions.hasCi) : ok(given.hasCi)
  return hasCi.ok ? ok({ name: name.value, folder: folder.value, hasCi: hasCi.value }) : hasCi
}

function named<T>({ option, read }: Question<T>, text: string): Result<T> {
  const value = read(text)
  return value.ok ? value : within(option, value.problem)
}
