#!/usr/bin/env node
import { run } from './program.js'
import { guardOutput, processIo } from './terminal/io.js'

const io = processIo()
guardOutput(io, (status) => {
  process.exitCode = status
})
const status = await run(process.argv.slice(2), io)
process.exitCode ??= status
