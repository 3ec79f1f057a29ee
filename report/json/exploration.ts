import { type ExploredTarget, worst } from '../text/exploration.js'
import { pathOf } from '../text/judged.js'

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

/**
 * What `explore --json` prints: of one system `{verdict, states, transitions, depth, seconds}`; of a design the worst
 * verdict, the counts of all its machines together, and each machine with its verdicts.
 */
export function exploreJson(targets: readonly ExploredTarget[]): string {
  const verdict = worst(targets.map((target) => target.verdict))
  const explored = targets.flatMap((target) => target.explored ?? [])
  const whole = {
    verdict,
    states: sum(explored.map(({ states }) => states)),
    transitions: sum(explored.map(({ transitions }) => transitions)),
    depth: Math.max(0, ...explored.map(({ depth }) => depth)),
    seconds: sum(explored.map(({ seconds }) => seconds)),
  }
  const machines = targets.flatMap((target) => (target.spec.kind === 'b1' ? [] : [machineRow(target)]))
  return `${JSON.stringify(machines.length === 0 ? whole : { ...whole, machines }, null, machines.length && 1)}\n`
}

const notExplored = { states: 0, expanded: 0, transitions: 0, depth: 0, seconds: 0, bytesPerRecord: null }

function machineRow({ spec, explored, judged, checkpoint, fields, symmetry }: ExploredTarget) {
  const { states, expanded, transitions, depth, seconds, bytesPerRecord } = explored ?? notExplored
  return {
    setup: spec.kind === 'model' ? spec.setup : {},
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
    ...(fields === undefined ? {} : { fields }),
  }
}
