import { readFileSync } from 'node:fs'
import { whyUnreadable } from '../base/folder.js'
import type { Result } from '../base/result.js'
import { type Property, properties } from '../properties/index.js'
import { buildMachine } from '../search/machine-config.js'
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

/** Reads a trace and builds its machine; everything that can be wrong with the file is one message. */
export function openTrace(path: string): Result<OpenTrace> {
  const text = readText(path)
  if (!text.ok) return text
  const parsed = readTrace(text.value)
  if (!parsed.ok) return refuse(`${path}:${parsed.line}: ${parsed.message}`)
  const { trace } = parsed
  const property = properties.find(({ name }) => name === trace.header.property)
  if (property === undefined) {
    return refuse(
      unknownName(
        `${path}:1: property`,
        trace.header.property,
        properties.map(({ name }) => name),
      ),
    )
  }
  const built = buildMachine(trace.header.setup)
  if (!built.ok) return refuse(`${path}:1: ${built.message}${hint(built.message)}`)
  return { ok: true, value: { path, trace, property, bench: new Simulator(built.value.machine) } }
}

const refuse = (message: string): Result<never> => ({ ok: false, message })

const hint = (message: string): string =>
  message.startsWith('design:')
    ? '\n  A design of your own is replayed by the program that defines it; here are those of: dmaproof list designs'
    : ''

/** The text of a file that the user named. */
export function readText(path: string): Result<string> {
  try {
    return { ok: true, value: readFileSync(path, 'utf8') }
  } catch (error) {
    return refuse(`${path}: ${whyUnreadable(error)}; ${whatToGive}`)
  }
}
