import { type BlockReport, DivergenceKinds, type FoundAt, type Report } from './report.js'

/**
 * What blocks of one list of sequences found, as one report. Each block was asked of processes of its own; kinds of
 * divergence that are alike are counted together.
 *
 * @param blocks in the order of the list
 * @returns undefined if there are none
 */
export function joinBlocks(blocks: readonly BlockReport[]): Report | undefined {
  const [first] = blocks
  if (first === undefined) return undefined
  const kinds = new DivergenceKinds()
  let found: FoundAt | undefined
  let [sequences, calls, seconds] = [0, 0, 0]
  for (const { report, met } of blocks) {
    const own = report.first
    if (own !== undefined) found ??= { ...own, seconds: seconds + own.seconds, sequences: sequences + own.sequences }
    kinds.join(met)
    sequences += report.sequences
    calls += report.calls
    seconds += report.seconds
  }
  const { first: _, cut: __, ...rest } = first.report
  const cut = blocks.map(({ report }) => report.cut).find((why) => why !== undefined)
  const more = { ...(found && { first: found }), ...(cut === undefined ? {} : { cut }) }
  return { ...rest, sequences, calls, divergences: kinds.all, seconds, ...more }
}
