import { Option } from 'commander'
import { ok, type Result, refuse } from '../base/result.js'
import { findActions } from '../export/itf/find-actions.js'
import { isItf, parseItf, readStates } from '../export/itf/read.js'
import type { Catalogue } from '../search/catalogue/catalogue.js'
import { viewNames } from '../search/recorded-state.js'
import { modelVersion, readTrace, record, type TraceHeader } from '../search/trace.js'
import { complain, type Io } from './terminal/io.js'
import { type OpenMachine, type OpenTrace, openMachine, openTrace, readText } from './trace-file.js'

/** What the commands take that read states of another program. */
export interface ItfOptions {
  readonly machine?: string
}

export const machineOption = (): Option =>
  new Option('--machine <trace>', 'of ITF that another program wrote: a trace of the machine that its states are of')

/** Opens a trace, or states in the Informal Trace Format, between which the model's actions are found. */
export function openAny(io: Io, path: string, { machine }: ItfOptions, catalogue: Catalogue): Result<OpenTrace> {
  const text = readText(path)
  if (!text.ok) return text
  if (isItf(path, text.value)) return openItf(io, path, text.value, machine, catalogue)
  if (machine !== undefined)
    return refuse('is a trace, which names its machine itself', { remedy: 'Leave out --machine.' })
  return openTrace(path, catalogue)
}

function openItf(
  io: Io,
  path: string,
  text: string,
  machine: string | undefined,
  catalogue: Catalogue,
): Result<OpenTrace> {
  const itf = parseItf(text)
  if (!itf.ok) return itf
  const own = itf.value['#meta']?.dmaproof
  const header = own === undefined ? headerOf(machine) : ok(own)
  if (!header.ok) return header
  if (header.value.model !== modelVersion) {
    return refuse(`the states are of model ${header.value.model}, this is model ${modelVersion}`)
  }
  const opened = openMachine({ header: header.value }, path, catalogue)
  if (!opened.ok) return opened
  const lengths = lengthsOf(opened.value)
  const read = readStates(itf.value, lengths)
  if (!read.ok) return read
  const { states, unknown } = read.value
  if (unknown.length > 0)
    complain(io, `${path}: left out, since no view of the state is called so: ${unknown.join(', ')}`)
  const run = findActions(opened.value.simulator, states)
  if (!run.ok) return run
  const steps = own === undefined ? run.value : run.value.slice(0, own.steps)
  const { setup, property, seed, why, designs } = header.value
  const found = { property, seed, why, ...(designs === undefined ? {} : { designs }) }
  return ok({ path, trace: record(opened.value.simulator, setup, steps, found), ...opened.value })
}

const lengthsOf = ({ simulator: { state } }: OpenMachine): ReadonlyMap<string, number> =>
  new Map(viewNames(state).flatMap((name) => (state[name].length === 0 ? [] : [[name, state[name].length]])))

/** The header of the trace that --machine names. */
function headerOf(machine: string | undefined): Result<TraceHeader> {
  if (machine === undefined) {
    return refuse('the file does not say of which machine its states are', {
      remedy: 'Name a trace of the machine: --machine TRACE',
    })
  }
  const text = readText(machine)
  const trace = text.ok ? readTrace(text.value) : text
  if (!trace.ok) return refuse(`--machine ${machine}: ${trace.problem.message}`)
  return ok(trace.value.header)
}
