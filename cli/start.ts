import { stackOf } from '../base/thrown.js'
import { importedNow, onFirstImport } from '../search/catalogue/import-module.js'
import { Status } from './exit-status.js'
import { run } from './program.js'
import { complain, guardOutput, type Io, processIo } from './terminal/io.js'
import { unexpected } from './terminal/unexpected.js'
import { callSeconds } from './watch/call-seconds.js'

/**
 * Runs the command line of this process, and sets its exit status.
 *
 * @param onLoaded called when the modules of the command are there, before it begins
 */
export async function start(onLoaded: () => void): Promise<void> {
  const io = processIo()
  guardOutput(io, (status) => {
    process.exitCode = status
  })
  const end = guardEnd(io)
  const status = await run(process.argv.slice(2), io, onLoaded)
  end()
  process.exitCode ??= status
}

/**
 * Tells of a module of the user's that ends the process, or keeps it busy.
 *
 * @returns what to call when the command has ended
 */
function guardEnd(io: Io): () => void {
  let hasEnded = false
  // what a module of the user's leaves behind, such as a timer
  process.on('uncaughtException', (error) => {
    hasEnded = true
    process.exit(unexpected(io, stackOf(error)))
  })
  process.on('exit', () => {
    if (hasEnded) return
    const [file = 'a module of your own'] = importedNow()
    complain(io, `${file}: it ended the process while the command was running\n  Leave process.exit() out of it.`)
    process.exitCode = Status.BadInput
  })
  onFirstImport(async () => {
    const watch = await import('./watch/watch.js').catch(() => undefined) // this Node may have no debugger
    await watch?.watchOwnCode(callSeconds(process.env), (message) => {
      hasEnded = true
      complain(io, message)
      process.exit(Status.BadInput)
    })
  })
  return () => {
    hasEnded = true
  }
}
