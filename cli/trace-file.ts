import { readFileSync } from 'node:fs'
import { whyUnreadable } from '../base/folder.js'
import { ok, onLine, type Problem, type Result, refuse, refused } from '../base/result.js'
import { findDesign } from '../designs/index.js'
import { type Property, properties } from '../properties/index.js'
import { buildMachine, type MachineConfig } from '../search/machine-config.js'
import { Simulator } from '../search/simulator.js'
import { readTrace, type Trace } from '../search/trace.js'
import { unknownName } from './options/suggest.js'

/** A trace from disk, with the machine and the property that it names. */
export interface OpenTrace {
  readonly path: string
  readonly trace: Trace
  readonly bench: Simulator
  readonly property: Property
}

const whatToGive = 'give the path of a trace (*.ndjson) that dmaproof check or compare saved'

/** Reads a trace and builds its machine. A problem is one of the file, which it does not name. */
export function openTrace(path: string): Result<OpenTrace> {
  const text = readText(path)
  if (!text.ok) return text
  const parsed = readTrace(text.value)
  if (!parsed.ok) return parsed
  const trace = parsed.value
  const { header } = trace
  const property = properties.find(({ name }) => name === header.property)
  if (property === undefined) {
    const known = properties.map(({ name }) => name)
    return refuse(unknownName('property', header.property, known), onLine(1))
  }
  const built = buildMachine(header.setup)
  if (!built.ok) return refused({ ...built.problem, ...onLine(1), ...remedyFor(header.setup) })
  return ok({ path, trace, property, bench: new Simulator(built.value.machine) })
}

const remedyFor = ({ design }: MachineConfig): Pick<Problem, 'remedy'> => {
  if (findDesign(design) !== undefined) return {}
  return {
    remedy: 'A design of your own is replayed by the program that defines it; here are those of: dmaproof list designs',
  }
}

/** The text of a file that the user named, which a problem does not name. */
export function readText(path: string): Result<string> {
  try {
    return ok(readFileSync(path, 'utf8'))
  } catch (error) {
    return refuse(`${whyUnreadable(error)}; ${whatToGive}`)
  }
}
