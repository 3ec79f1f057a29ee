import { type Comment, type Program, parseSync } from 'oxc-parser'
import type { TextFile } from './repository.js'

export function parse({ path, text }: TextFile): Program {
  const { program, errors } = parseSync(path, text)
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`)
  return program
}

/** The comments of a file of code, each with its place in the text. */
export const commentsOf = ({ path, text }: TextFile): readonly Comment[] => parseSync(path, text).comments
