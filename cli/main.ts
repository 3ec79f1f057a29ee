#!/usr/bin/env node
import { guardOutput, processIo } from './io.js'
import { run } from './program.js'

const io = processIo()
guardOutput(io, (status) => {
  process.exitCode = status
})
const status = await run(process.argv.slice(2), io)
process.exitCode ??= status
