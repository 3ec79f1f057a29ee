import { z } from 'zod'
import { type CellReport, shownAs } from '../../search/cells/report.js'
import { type ExploredTarget, worst } from '../../search/exhaustive/explored-target.js'
import type { StateSpaceProfile } from '../../search/exhaustive/state-space-profile.js'
import { type MachineConfigInput, machineConfigSchema } from '../../search/machine-config.js'
import { type Judged, pathOf } from '../text/judged.js'
import { judgement } from './verdicts.js'

const count = z.number().int().min(0)

const covered = {
  states: count.describe('distinct states that were stored'),
  transitions: count.describe('steps between them'),
  depth: count.describe('levels; the initial state is at 1'),
  seconds: z.number().describe('time of the search'),
}

const fieldsSchema = z.strictObject({
  shares: z
    .array(
      z.strictObject({
        field: z.string().describe('a field of the state'),
        values: count.describe('its distinct values'),
        factor: z.number().describe('how many times fewer states there would be without it'),
      }),
    )
    .describe('fields that make the states many, most first'),
  values: z
    .array(
      z.strictObject({
        field: z.string().describe('a field of the state'),
        most: z
          .array(
            z.strictObject({
              value: z.string().describe('its bytes, in decimal'),
              states: count.describe('states that have this value'),
            }),
          )
          .describe('the most frequent values'),
      }),
    )
    .describe('values that most states have'),
})

const machineSchema = z.strictObject({
  setup: machineConfigSchema.describe('what names the machine'),
  ...covered,
  expanded: count.describe('states whose successors are all stored; fewer than states if a bound was reached'),
  symmetry: z.string().nullable().describe('with --symmetry: what is interchangeable, and why not the rest'),
  bytesPerRecord: count.nullable().describe('memory of a stored state; null if the machine cannot be'),
  verdicts: z.array(z.strictObject(judgement)).describe('one a property'),
  checkpoint: z.string().nullable().describe('path of a search that was cut short, for --resume'),
  fields: fieldsSchema.optional().describe('with --fields: what makes the states many'),
})

/** What `explore --json` prints. */
export const exploreSchema = z.strictObject({
  verdict: judgement.verdict.describe('the worst verdict of all machines'),
  ...covered,
  machines: z.array(machineSchema).optional().describe('each machine; absent for the benchmark model b1'),
})

type ExploreJson = z.input<typeof exploreSchema>
type MachineJson = z.input<typeof machineSchema>

/** A machine as a result of a cell keeps it, beside its verdicts. */
const exploredCellSchema = z.strictObject({
  setup: z.custom<MachineConfigInput>((setup) => machineConfigSchema.safeParse(setup).success),
  explored: z
    .strictObject({ ...covered, expanded: count, bytesPerRecord: count, isFull: z.literal(true).optional() })
    .optional(),
  symmetry: z.string().optional(),
  checkpoint: z.string().optional(),
})

/** What is kept of a machine beside its verdicts; undefined for the benchmark model, which is no cell. */
export function exploredReport({
  spec,
  explored,
  symmetry,
  checkpoint,
  judged,
}: ExploredTarget): CellReport | undefined {
  if (spec.kind === 'b1') return undefined
  const isOpen = judged.some(({ verdict: { verdict: name } }) => name === 'inconclusive' || name === 'none-found')
  const shown = { setup: spec.setup, explored, symmetry, checkpoint }
  // verdicts say what is decided: two that differ contradict each other
  return { isOpen, states: explored?.states ?? 0, decides: '', shown: JSON.parse(JSON.stringify(shown)) }
}

/** The machine again; undefined if the report is none of a machine. */
export function exploredFrom(report: CellReport | undefined, judged: readonly Judged[]): ExploredTarget | undefined {
  const cell = shownAs(exploredCellSchema, report)
  if (cell === undefined) return undefined
  const { setup, explored, symmetry, checkpoint } = cell
  const verdict = worst(judged.map((one) => one.verdict.verdict))
  return {
    spec: { kind: 'model', setup, properties: [], symmetry: symmetry !== undefined },
    verdict,
    judged,
    ...(explored === undefined ? {} : { explored }),
    ...(symmetry === undefined ? {} : { symmetry }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

/** The worst verdict, the counts of all machines together, and each machine of a design with its verdicts. */
export function exploreJson(targets: readonly ExploredTarget[]): string {
  const verdict = worst(targets.map((target) => target.verdict))
  const explored = targets.flatMap((target) => target.explored ?? [])
  const whole: ExploreJson = {
    verdict,
    states: sum(explored.map(({ states }) => states)),
    transitions: sum(explored.map(({ transitions }) => transitions)),
    depth: Math.max(0, ...explored.map(({ depth }) => depth)),
    seconds: sum(explored.map(({ seconds }) => seconds)),
  }
  const machines = targets.flatMap(machineRows)
  return `${JSON.stringify(machines.length === 0 ? whole : { ...whole, machines }, null, machines.length && 1)}\n`
}

const notExplored = { states: 0, expanded: 0, transitions: 0, depth: 0, seconds: 0, bytesPerRecord: null }

function machineRows({ spec, explored, judged, checkpoint, fields, symmetry }: ExploredTarget): MachineJson[] {
  if (spec.kind === 'b1') return []
  const { states, expanded, transitions, depth, seconds, bytesPerRecord } = explored ?? notExplored
  const row = {
    setup: spec.setup,
    states,
    expanded,
    transitions,
    depth,
    seconds,
    symmetry: symmetry ?? null,
    bytesPerRecord,
    verdicts: judged.map((one) => ({
      property: one.verdict.property,
      verdict: one.verdict.verdict,
      steps: one.verdict.steps,
      trace: pathOf(one),
      why: one.verdict.why,
    })),
    checkpoint: checkpoint ?? null,
  }
  return [fields === undefined ? row : { ...row, fields: plainFields(fields) }]
}

const plainFields = ({ shares, values }: StateSpaceProfile): z.infer<typeof fieldsSchema> => ({
  shares: [...shares],
  values: values.map(({ field, most }) => ({ field, most: [...most] })),
})
