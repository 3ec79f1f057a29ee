import { z } from 'zod'
import { configSchema } from '../cli/config/config.js'
import { ruleEvidenceSchema } from '../conform/oracle/rule-evidence.js'
import { helloReplySchema, replySchema, requestSchema } from '../conform/protocol/messages.js'
import { transcriptHeaderSchema } from '../conform/protocol/transcript.js'
import { workloadStepSchema } from '../cost/workload-file.js'
import { itfSchema } from '../export/itf/schema.js'
import { kcidbSchema } from '../report/ci/kcidb.js'
import { bugsSchema } from '../report/json/bugs.js'
import { conformSchema } from '../report/json/conform.js'
import { conformCellSchema } from '../report/json/conform-cell.js'
import { costsSchema } from '../report/json/cost.js'
import { designRunSchema } from '../report/json/design-run.js'
import { designRunCellSchema } from '../report/json/design-run-cell.js'
import { exploreSchema } from '../report/json/exploration.js'
import { litmusSchema } from '../report/json/litmus.js'
import { randomWalkSchema } from '../report/json/random-walk.js'
import { replaySchema } from '../report/json/replay.js'
import { checkSchema, compareSchema } from '../report/json/verdicts.js'
import { campaignSchema } from '../search/cells/campaign-status.js'
import { cellReportSchema } from '../search/cells/report.js'
import { planSchema, resultHeadSchema } from '../search/cells/results.js'
import { storedVerdictSchema } from '../search/cells/stored-verdict.js'
import { coverageSchema } from '../search/check/coverage-file.js'
import { traceHeaderSchema, traceStepSchema } from '../search/trace.js'

/** One kind of JSON that dmaproof writes or reads. */
export interface JsonShape {
  readonly name: string
  /** What has it, as a heading. */
  readonly title: string
  /** What holds the fields; empty where the fields stand in another document. */
  readonly says: string
  readonly schema: z.ZodType
}

/** What `--json` prints. */
export const printed: readonly JsonShape[] = [
  { name: 'check', title: 'What check prints', says: 'An array, one verdict per line.', schema: checkSchema },
  { name: 'compare', title: 'What compare prints', says: 'An array, one verdict per line.', schema: compareSchema },
  { name: 'explore', title: 'What explore prints', says: 'One object.', schema: exploreSchema },
  {
    name: 'explore-random',
    title: 'What explore prints of random runs',
    says: 'One object.',
    schema: randomWalkSchema,
  },
  { name: 'litmus', title: 'What litmus prints', says: 'An array, one file per line.', schema: litmusSchema },
  { name: 'conform', title: 'What conform prints', says: 'One object.', schema: conformSchema },
  {
    name: 'replay',
    title: 'What replay prints',
    says: 'One object: of a trace, or of a transcript. Of several files, one object per line.',
    schema: replaySchema,
  },
  { name: 'bugs', title: 'What bugs prints', says: 'An array, one bug per line.', schema: bugsSchema },
  { name: 'cost', title: 'What cost prints', says: 'An array, one cost per line.', schema: costsSchema },
  { name: 'campaign', title: 'What campaign status prints', says: 'One object.', schema: campaignSchema },
  { name: 'run', title: 'What run prints', says: 'An array, one entry a driver.', schema: z.array(designRunSchema) },
]

/** Files, and lines of files. */
export const files: readonly JsonShape[] = [
  {
    name: 'config',
    title: 'dmaproof.config',
    says: '[own-designs.md](own-designs.md#the-configuration) says where it stands and shows one.',
    schema: configSchema,
  },
  {
    name: 'trace-header',
    title: 'The header of a trace',
    says: 'The first line; [trace-format.md](trace-format.md) shows one.',
    schema: traceHeaderSchema,
  },
  { name: 'trace-step', title: 'A step of a trace', says: 'Every other line.', schema: traceStepSchema },
  {
    name: 'workload-step',
    title: 'A file of a workload',
    says: 'One step per line, in the order of execution; [cost.md](cost.md#a-workload-of-your-own) shows one.',
    schema: workloadStepSchema,
  },
  {
    name: 'itf',
    title: 'A trace in ITF',
    says: 'What `export` writes and `replay` reads; [export.md](export.md#itf) says how.',
    schema: itfSchema,
  },
  { name: 'stats', title: 'The file of --stats-file', says: 'Added up over runs of check.', schema: coverageSchema },
  {
    name: 'rule-coverage',
    title: 'The file of --rule-coverage',
    says: 'The rules behind right replies of conform.',
    schema: ruleEvidenceSchema,
  },
  {
    name: 'plan',
    title: 'The plan in a folder of --results',
    says: 'The file plan.json; [campaigns.md](campaigns.md) says what a cell is.',
    schema: planSchema,
  },
  { name: 'result-header', title: 'The first line of a result', says: 'Of a cell.', schema: resultHeadSchema },
  {
    name: 'result',
    title: 'The second line of a result',
    says: 'An array, one verdict a property.',
    schema: z.array(storedVerdictSchema),
  },
  {
    name: 'result-report',
    title: 'The third line of a result',
    says: 'What the command prints beside verdicts, where it prints more.',
    schema: cellReportSchema,
  },
  {
    name: 'result-conform',
    title: 'What a result of conform shows',
    says: 'The field `shown` of its third line.',
    schema: conformCellSchema,
  },
  {
    name: 'result-run',
    title: 'What a result of run shows',
    says: 'The field `shown` of its third line, of a cell that asks the implementation.',
    schema: designRunCellSchema,
  },
  {
    name: 'kcidb',
    title: 'The file of --kcidb',
    says: 'A part of the schema of KernelCI, version 5.3: what dmaproof knows of a test.',
    schema: kcidbSchema,
  },
]

/** Lines whose fields stand in docs/protocol.md. */
export const lines: readonly JsonShape[] = [
  { name: 'protocol-request', title: 'A request', says: '', schema: requestSchema },
  { name: 'protocol-hello', title: 'The reply to hello', says: '', schema: helloReplySchema },
  { name: 'protocol-reply', title: 'Any other reply', says: '', schema: replySchema },
  { name: 'transcript-header', title: 'The first line of a transcript', says: '', schema: transcriptHeaderSchema },
]

export const shapes: readonly JsonShape[] = [...printed, ...files, ...lines]
