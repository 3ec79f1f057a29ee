/**
 * The line format: a trace is a header line and one line a step, each one JSON object. Files, the viewer and other
 * implementations read and write the same.
 */
export { type Action, parse as parseAction, print as printAction } from './model/action.js'
export { type ErrnoName, errnoNames } from './model/errno.js'
export { type Setup, type SetupInput, setupSchema } from './search/setup.js'
export {
  codesOf,
  type Mismatch,
  modelVersion,
  type Parsed,
  readTrace,
  record,
  type Trace,
  type TraceHeader,
  traceFormat,
  writeTrace,
} from './search/trace.js'
