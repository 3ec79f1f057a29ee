import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fakeIo } from './fake-io.js'

/** What a command line said. */
export interface Said {
  readonly status: number
  readonly out: string
  readonly err: string
}

const program = pathToFileURL(resolve('dist/cli/program.js')).href

/**
 * For tests: runs a command line of the built command in this process, which spares it the start of another; its
 * threads are those of the command, since they are built files, too.
 *
 * @param folder in which it runs; only one line at a time can, since a process has one working folder
 */
export async function runBuilt(folder: string, words: readonly string[]): Promise<Said> {
  const { run } = (await import(program)) as typeof import('../program.js')
  const io = fakeIo({ isTerminal: false })
  const before = process.cwd()
  process.chdir(folder)
  try {
    const status = await run(words, io)
    return { status, ...io.said() }
  } finally {
    process.chdir(before)
  }
}
