import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { conform } from '../conform/runner/run.js'
import { processTarget } from '../conform/targets/process.js'
import { figure, median } from './measure.js'

/** Where the sources of this package are, seen from the compiled file. */
const source = new URL('../../examples/page_table.c', import.meta.url).pathname

/** Calls per second that a C process answers and the model judges, start included. @throws Error if a run fails */
export async function conformRate(runs = 5000): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-bench-'))
  const command = join(folder, 'page_table')
  try {
    execFileSync('cc', ['-O2', '-o', command, source])
    const rates: number[] = []
    for (const seed of [1, 2, 3]) {
      const result = await conform(processTarget({ command, timeout: 30 }), {
        interface: 'page-table',
        runs,
        seed,
      })
      if (!result.ok) throw new Error(result.problem.message)
      rates.push(result.value.calls / result.value.seconds)
    }
    return `conformance, the page table in C as a process: ${figure(median(rates))} calls a second`
  } finally {
    rmSync(folder, { recursive: true })
  }
}
