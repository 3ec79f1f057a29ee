import { extname, relative } from 'node:path'
import type { Problem } from '../../base/result.js'

const isTypeScript = (path: string): boolean => ['.ts', '.mts', '.cts'].includes(extname(path))

const stripping = 'Node 22.18 or newer, or 23.6 or newer, strips types'
const loader =
  'another needs a loader that worker threads have, too (docs/own-designs.md), or compile the file and name the .js'

/** Why a module could not be imported, and what to do. */
export function whyNotLoaded(error: unknown, path: string): Problem {
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) }
  const first = (message.split('\n')[0] ?? '').trim()
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
  const name = error instanceof Error ? error.name : 'thrown'
  const line = lineOf(error, path)
  const said = `the module does not load: ${name}: ${first}${line}`
  return name === 'SyntaxError' && line === '' && !isTypeScript(path)
    ? { message: said, remedy: `This shows the place: node --check ${relative('.', path)}` }
    : { message: said }
}

const installRemedy = (message: string): string =>
  message.includes("package 'dmaproof'")
    ? 'Install dmaproof beside the file: npm i -D dmaproof'
    : 'Install the package, or correct the path: an import names a file with its ending.'

/** Where in the file the first frame of a stack, or the caret of a syntax error, points to. */
function lineOf(error: unknown, path: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const at = stack.indexOf(path)
  const [, line] = at < 0 ? [] : (/^:(\d+)/.exec(stack.slice(at + path.length)) ?? [])
  return line === undefined ? '' : ` (line ${line})`
}
