import { readFileSync } from 'node:fs'
import { whyUnreadable } from '../base/folder.js'
import { ok, onLine, type Problem, type Result, refuse, refused } from '../base/result.js'
import { isTranscript } from '../conform/protocol/transcript.js'
import type { Property } from '../properties/index.js'
import { replayText } from '../report/text/command.js'
import type { Catalogue } from '../search/catalogue/catalogue.js'
import { buildMachine } from '../search/machine-config.js'
import { Simulator } from '../search/simulator.js'
import { readTrace, type Trace } from '../search/trace.js'
import { unknownName } from './options/suggest.js'

/** A machine with the property that a trace is about. */
export interface OpenMachine {
  readonly simulator: Simulator
  readonly property: Property
}

/** A trace from disk, with the machine and the property that it names. */
export interface OpenTrace extends OpenMachine {
  readonly path: string
  readonly trace: Trace
}

const whatToGive = 'give the path of a trace (*.ndjson) that dmaproof check or compare saved'

/** Reads a trace and builds its machine. A problem is one of the file, which it does not name. */
export function openTrace(path: string, catalogue: Catalogue): Result<OpenTrace> {
  const text = readText(path)
  if (!text.ok) return text
  if (isTranscript(text.value)) {
    const remedy = 'conform and run have shortened it already; dmaproof replay and view take it'
    return refuse('found a transcript, expected a trace of the model', { ...onLine(1), remedy })
  }
  const parsed = readTrace(text.value)
  if (!parsed.ok) return parsed
  const opened = openMachine(parsed.value, path, catalogue)
  if (!opened.ok) return refused({ ...opened.problem, ...onLine(1) })
  return ok({ path, trace: parsed.value, ...opened.value })
}

/** Builds the machine that the header of a file names. */
export function openMachine(trace: Headed, path: string, catalogue: Catalogue): Result<OpenMachine> {
  const { header } = trace
  const property = catalogue.findProperty(header.property)
  if (property === undefined) {
    const known = catalogue.properties.map(({ name }) => name)
    return refuse(unknownName('property', header.property, known), remedyFor(trace, path, catalogue))
  }
  const built = buildMachine(header.setup, catalogue)
  if (!built.ok) return refused({ ...built.problem, ...remedyFor(trace, path, catalogue) })
  return ok({ property, simulator: new Simulator(built.value.machine) })
}

type Headed = Pick<Trace, 'header'>

/** What to do about a name that means nothing here, and may be of a design, driver or property of the user's own. */
function remedyFor(trace: Headed, path: string, catalogue: Catalogue): Pick<Problem, 'remedy'> {
  const { setup, property, designs = [] } = trace.header
  if (designs.some((file) => !catalogue.own.files.includes(file))) {
    return { remedy: `It needs modules that were not named: ${replayText(trace, path)}` }
  }
  if (catalogue.findDesign(setup.design) !== undefined && catalogue.findProperty(property) !== undefined) return {}
  return { remedy: `If it is your own, name the module that exports it: ${replayText(trace, path)} --designs FILE` }
}

/** Reads a text file. A problem does not contain the path: callers that print it add that. */
export function readText(path: string): Result<string> {
  try {
    return ok(readFileSync(path, 'utf8'))
  } catch (error) {
    return refuse(`${whyUnreadable(error)}; ${whatToGive}`)
  }
}
