/**
 * The line format: a trace is a header line and one line per step, each one JSON object. And the line protocol
 * (`docs/protocol.md`), for implementations that are checked against the model: as a process, or as an object.
 *
 * @module dmaproof/protocol
 */

export type { Counts, Fates } from '../conform/design-run/dma-fates.js'
export { type DesignRun, type DesignRunOptions, runDesign } from '../conform/design-run/run.js'
export type { Divergence } from '../conform/oracle/check.js'
export type { Allowed } from '../conform/oracle/explain.js'
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
} from '../conform/protocol/messages.js'
export type { Sequence } from '../conform/protocol/sequence.js'
export type { OpenTarget, RequestBody, Target, TargetFailure } from '../conform/protocol/target.js'
export type { Found, Report } from '../conform/runner/report.js'
export { type ConformOptions, conform } from '../conform/runner/run.js'
export { type Calls, type Implementation, implement, objectTarget } from '../conform/targets/in-process.js'
export { type ProcessOptions, processTarget } from '../conform/targets/process.js'
export { type Action, parse as parseAction, print as printAction } from '../model/machine/action.js'
export { type ErrnoName, errnoNames } from '../model/machine/errno.js'
export { type MachineConfig, type MachineConfigInput, machineConfigSchema } from '../search/machine-config.js'
export type { RecordedStep, StepEffects } from '../search/step-effects.js'
export {
  codesOf,
  modelVersion,
  readTrace,
  record,
  type Trace,
  type TraceHeader,
  traceFormat,
  writeTrace,
} from '../search/trace.js'
