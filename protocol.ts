/**
 * The line format: a trace is a header line and one line a step, each one JSON object. And the line protocol
 * (`docs/protocol.md`), for implementations that are held against the model: as a process, or as an object.
 */
export type { Divergence, Sequence } from './conform/check.js'
export { type DesignRun, type DesignRunOptions, runDesign } from './conform/design/run.js'
export type { Counts, Fates } from './conform/design/tally.js'
export type { Allowed } from './conform/explain.js'
export { type Calls, implement } from './conform/implement.js'
export { type ProcessOptions, processTarget } from './conform/process.js'
export {
  type Answer,
  type Call as ProtocolCall,
  type Hello,
  helloReplySchema,
  type InterfaceName,
  protocolVersion,
  type Reply,
  type Request,
  replySchema,
  requestSchema,
} from './conform/protocol.js'
export { type ConformOptions, conform, type Found, type Report } from './conform/run.js'
export {
  type Asked,
  type Implementation,
  type OpenTarget,
  objectTarget,
  type Target,
  type Trouble,
} from './conform/target.js'
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
