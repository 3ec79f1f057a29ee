import { type Program, parseSync } from 'oxc-parser'
import type { TextFile } from './repository.js'

export function parse({ path, text }: TextFile): Program {
  const { program, errors } = parseSync(path, text)
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`)
  return program
}
