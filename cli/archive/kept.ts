import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Judged } from '../../report/text/judged.js'
import type { Job } from '../../search/jobs/job.js'
import { type MachineConfigInput, machineConfigSchema } from '../../search/machine-config.js'
import { replay } from '../../search/simulator.js'
import { codesOf } from '../../search/trace.js'
import { checkMachine } from '../../search/verdict.js'
import { openTrace } from '../trace-file.js'

/** What earlier searches found and kept: it is tried first, and what is violated again need not be searched. */
export interface Kept {
  readonly judged: readonly Judged[]
  /** The task without the properties that are known to be violated. */
  readonly left: Job
}

/** Paths of the traces in a folder, in a fixed order; none if there is no such folder. */
export function keptTraces(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.ndjson'))
      .sort()
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

/** Replays the kept traces of a task's machine. A trace that this model does not take is no news here. */
export function tryKept(task: Job, paths: readonly string[]): Kept {
  const judged: Judged[] = []
  for (const path of paths.filter((name) => isAbout(name, task))) {
    const again = violatedAgain(path, task)
    if (again !== undefined && !judged.some(({ verdict }) => verdict.property === again.verdict.property))
      judged.push(again)
  }
  const known = judged.map(({ verdict }) => verdict.property)
  return { judged, left: { ...task, properties: task.properties.filter((name) => !known.includes(name)) } }
}

/** By its name, which saves the reading of all others. */
const isAbout = (path: string, { setup }: Job): boolean =>
  path.includes(`${setup.design.replaceAll('/', '-')}.${setup.driver}.`)

function violatedAgain(path: string, task: Job): Judged | undefined {
  const opened = openTrace(path)
  if (!opened.ok || !task.properties.includes(opened.value.property.name)) return undefined
  const { bench, property, trace } = opened.value
  if (asText(trace.header.setup) !== asText(task.setup)) return undefined
  const codes = codesOf(bench, trace)
  const failure = 'run' in codes ? replay(bench, codes.run, property).failure : undefined
  const blank = checkMachine(task.setup, [property.name], { ...task.options, runs: 0 })
  if (failure === undefined || 'message' in blank || blank[0] === undefined) return undefined
  const why = `${failure.why} (found before, and there again)`
  const verdict = {
    ...blank[0],
    verdict: 'violated',
    steps: trace.steps.length,
    seed: trace.header.seed,
    why,
    trace,
  } as const
  return { verdict, saved: { ok: true, path } }
}

/** A setup with its defaults, as text: two that name one machine are equal. */
const asText = (setup: MachineConfigInput): string => JSON.stringify(machineConfigSchema.parse(setup))
