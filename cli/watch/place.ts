import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { counted } from '../../base/plural.js'
import { ownPath } from '../terminal/unexpected.js'
import type { CallFrame } from './debuggee.js'
import type { Endless } from './endless-call.js'

export const isOwn = ({ url }: CallFrame): boolean => ownPath(url) !== undefined

/** What is said of a function that does not return: `mine.js:12: export mine: first() has not returned …`. */
export function endlessText({ called, at }: Endless, seconds: number): string {
  const there = called.url === at.url && called.line === at.line ? '' : `; it is at ${placeOf(at)}`
  return (
    `${placeOf(called)}: ${nameOf(called)} has not returned for ` +
    `${counted(seconds, 'second')}${there}\n` +
    '  What a module exports has to answer. DMAPROOF_CALL_TIME=600 gives it 600 seconds, DMAPROOF_CALL_TIME=0 any time.'
  )
}

/** `export mine: first()` */
function nameOf({ functionName, isTopLevel, url, line }: CallFrame): string {
  if (isTopLevel) return 'the top level of the module'
  const declared = declarationAt(linesOf(fileURLToPath(url)), line)
  const what = functionName === '' ? 'a function without a name' : `${functionName}()`
  return declared === undefined ? what : `${declared}: ${what}`
}

const placeOf = ({ url, line }: CallFrame): string => `${relative('.', fileURLToPath(url))}:${line}`

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}

const declaration = /^(export )?(?:(default)|(?:async )?(?:const|let|var|class|function\*?) (\w+))/

/**
 * What a line stands in: the last declaration in the first column at or before it.
 *
 * @param line from 1
 * @returns `export mine`, or the name alone of what is not exported; undefined if there is none
 */
export function declarationAt(lines: readonly string[], line: number): string | undefined {
  for (const text of lines.slice(0, line).toReversed()) {
    const [, isExported, isDefault, name] = declaration.exec(text) ?? []
    if (isDefault !== undefined && isExported !== undefined) return 'export default'
    if (name !== undefined) return isExported === undefined ? name : `export ${name}`
  }
  return undefined
}
