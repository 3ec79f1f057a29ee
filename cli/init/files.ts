import { closeSync, lstatSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, posix, resolve } from 'node:path'
import { makeFolder, reasonOf } from '../../base/folder.js'
import { ok, type Result, refuse } from '../../base/result.js'
import { configNames } from '../config/config.js'
import type { Answers } from './answers.js'
import { designModule, proofText, suiteText } from './design-text.js'
import { configText, workflowText } from './project-text.js'

/** A file that `init` writes. */
export interface InitFile {
  /** From the project's folder, with slashes. */
  readonly path: string
  /** What the file is, in a few words. */
  readonly what: string
  readonly text: string
  /** Names under which the file may be there already, its own among them. */
  readonly names: readonly string[]
  /** What to do where it is: a sentence. */
  readonly remedy: string
}

/** The module of the design, from the project's folder. */
export const modulePath = ({ name, folder }: Answers): string => posix.join(folder, `${name}.mjs`)

/** All files of a project. Modules are .mjs, which Node reads as ES modules whatever the type of the package is. */
export function filesOf(answers: Answers): InitFile[] {
  const { name, folder, hasCi } = answers
  const module = modulePath(answers)
  const fresh = (ending: string, what: string, text: string): InitFile => {
    const path = posix.join(folder, name + ending)
    return { path, what, text, names: [path], remedy: 'Take another --design or --folder, or move the file away.' }
  }
  const ci = '.github/workflows/dmaproof'
  return [
    fresh('.mjs', 'the design: start here', designModule(name)),
    fresh('.test.mjs', 'its random suite', suiteText(name, module)),
    fresh('.proof.test.mjs', 'its proofs, in a small scope', proofText(name, module)),
    {
      path: 'dmaproof.config.mjs',
      what: 'names the design for all commands',
      text: configText(name, module),
      names: configNames,
      remedy: `Name the design in it: designs: ['${module}'].`,
    },
    {
      path: `${ci}.yml`,
      what: 'runs the suites in CI',
      text: workflowText(folder),
      names: [`${ci}.yml`, `${ci}.yaml`],
      remedy: `Have it run the suites: npx vitest run ${folder}/`,
    },
  ].slice(0, hasCi ? 5 : 4)
}

/**
 * Writes a file that is not there yet, and never over another.
 *
 * @param project its folder
 * @returns the path of the file that is there already, else undefined
 */
export function writeNew(project: string, { path, text, names }: InitFile): Result<string | undefined> {
  try {
    const there = names.find((name) => lstatSync(resolve(project, name), { throwIfNoEntry: false }) !== undefined)
    if (there !== undefined) return ok(there)
    makeFolder(dirname(resolve(project, path)))
    create(resolve(project, path), text)
    return ok(undefined)
  } catch (error) {
    return refuse(`${path}: the file could not be written: ${reasonOf(error)}`)
  }
}

/** A whole file, or none. @throws Error of the file system, also if the file is there by now */
function create(path: string, text: string): void {
  const file = openSync(path, 'wx')
  try {
    writeFileSync(file, text)
  } catch (error) {
    rmSync(path)
    throw error
  } finally {
    closeSync(file)
  }
}
