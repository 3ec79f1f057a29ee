import { extname, relative } from 'node:path'
import type { Problem } from '../../base/result.js'
import { stackOf, thrownText } from '../../base/thrown.js'

const isTypeScript = (path: string): boolean => ['.ts', '.mts', '.cts'].includes(extname(path))

const stripping = 'Node 22.18 or newer, or 23.6 or newer, strips types'
const loader =
  'another needs a loader that worker threads have, too (docs/own-designs.md), or compile the file and name the .js'

/** Why a module could not be imported, and what to do. */
export function whyNotLoaded(error: unknown, path: string): Problem {
  const said = thrownText(error)
  const first = said.replace(/^[\w$]*Error(?: \[\w+\])?: /, '')
  const code = codeOf(error)
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && isTypeScript(path)) {
    return {
      message: `found TypeScript, and this Node, ${process.version}, does not strip types`,
      remedy: `${stripping}; ${loader}`,
    }
  }
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' || code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') {
    return { message: first, remedy: `Node strips types only; ${loader}` }
  }
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return { message: first, remedy: installRemedy(first) }
  }
  const line = lineOf(error, path)
  const message = `the module does not load: ${error instanceof Error ? said : `it throws ${said}`}${line}`
  return said.startsWith('SyntaxError') && line === '' && !isTypeScript(path)
    ? { message, remedy: `This shows the place: node --check ${relative('.', path)}` }
    : { message }
}

/** The code of one of Node's own errors; a user's error may be anything. */
function codeOf(error: unknown): unknown {
  try {
    return error instanceof Error && 'code' in error ? error.code : undefined
  } catch {
    return undefined
  }
}

const installRemedy = (message: string): string =>
  message.includes("package 'dmaproof'")
    ? 'Install dmaproof beside the file: npm i -D dmaproof'
    : 'Install the package, or correct the path: an import names a file with its ending.'

/** Where in the file the first frame of a stack, or the caret of a syntax error, points to. */
function lineOf(error: unknown, path: string): string {
  const stack = stackOf(error)
  const at = stack.indexOf(path)
  const [, line] = at < 0 ? [] : (/^:(\d+)/.exec(stack.slice(at + path.length)) ?? [])
  return line === undefined ? '' : ` (line ${line})`
}
