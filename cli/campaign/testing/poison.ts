/** For tests: a module with a design whose search kills its process, as a crash of native code does. */
export const poison = `
import { isMainThread } from 'node:worker_threads'
import { findDesign } from 'dmaproof'
Error.stackTraceLimit = 100
const { boot, ...rest } = findDesign('pin-all')
export const poison = {
  ...rest,
  name: 'poison',
  backings: ['separate'],
  get boot() {
    if (!isMainThread && new Error().stack.includes('run-job')) process.kill(process.pid, 'SIGKILL')
    return boot
  },
}
`
