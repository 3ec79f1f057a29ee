#!/usr/bin/env node
import { Status } from './exit-status.js'
import { onInterrupt } from './terminal/interrupts.js'

// A signal may come before the modules of the command are there: no other code listens then, and nothing has begun.
const stopListening = onInterrupt(() => {
  process.stderr.write('dmaproof: interrupted before the command began\n')
  process.removeAllListeners('exit') // they would say that a module of the user's ended the process
  process.exit(Status.Inconclusive)
})
const { start } = await import('./start.js')
await start(stopListening)
