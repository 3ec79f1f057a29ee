import { must } from '../../base/result.js'
import { kinds } from '../../model/actions/relation.js'
import { step } from '../../model/actions/step.js'
import { encode } from '../../model/machine/action.js'
import { conversionEnds } from '../../properties/index.js'
import { machineConfigSchema } from '../../search/machine-config.js'
import { recordState } from '../../search/recorded-state.js'
import { judged } from '../../search/testing/mistakes.js'
import { raceActions, raceSetup, runOf, simulatorOf } from '../../search/testing/race.js'
import { record, type Trace } from '../../search/trace.js'
import { checkMachine } from '../../search/verdict.js'
import type { PageData, ShownRun } from '../data.js'
import { loopOf } from '../map/loop.js'
import { pageData } from '../page-data.js'
import { runOfTrace } from '../run-of-trace.js'

export const raceWhy = "the device reaches the guest's frame of page 1 through the IOTLB"
const found = { property: 'no-private-reach', seed: 1, why: raceWhy, broken: 'vtd.invalidation/drain', page: 1 }

/** For tests: an IOTLB entry that outlives its page's way to the guest. */
export const race: Trace = record(
  simulatorOf(raceSetup),
  machineConfigSchema.parse(raceSetup),
  runOf(raceActions.slice(0, 14)),
  found,
)

/** For tests: a guest that is told to retry, again and again. */
export function livelock(): Trace {
  const platform = 'tdx-2026-reading inPlacePinCheck=refuse'
  const setup = { design: 'pin-all', driver: 'type1v2', scope: { backing: 'in-place' as const }, platform }
  const [verdict] = must(checkMachine(setup, [conversionEnds.name], { seed: 1, runs: 200, length: 80 }))
  if (verdict?.trace === undefined) throw new Error('the search finds no livelock')
  return verdict.trace
}

/** For tests: the same guest from where its loop begins, so that no step leads there. */
export function lassoAtStart(): Trace {
  const { header, steps, continuation = [] } = livelock()
  const all = [...steps, ...continuation]
  const loop = loopOf({ header, steps, continuation }) ?? 0
  const { state, machine } = simulatorOf(header.setup)
  for (const { action } of all.slice(0, loop)) step(machine, state, must(encode(kinds, action)))
  const left = all.slice(loop)
  const initial = recordState(state)
  return { header: { ...header, steps: 0, continuation: left.length, initial }, steps: [], continuation: left }
}

/** For tests: a device on SEV-SNP that the guest enables before it has verified it. */
export function unverified(): Trace {
  const scope = { pages: 2, pagesPerSuperpage: 2, vcpus: 1, devices: 1, trustedDevices: 1, interfaceLife: true }
  const found = judged(
    {
      right: 'on-demand-4k',
      wrong: 'on-demand-4k/enabled-unverified',
      driver: ['type1v2', 'type1v2'],
      platform: 'sev-snp',
      scope: { ...scope, start: 'private', teardown: false },
      parts: ['secureEpt'],
      property: 'no-private-reach',
      steps: 2,
    },
    'wrong',
  )
  if (found?.trace === undefined) throw new Error('the search finds no device that is enabled unverified')
  return found.trace
}

/** For tests: the data of a page that shows traces. */
export const dataOf = (...traces: readonly Trace[]): PageData =>
  pageData(traces.map((trace, index) => must(runOfTrace(`trace ${index + 1}`, trace))))

/** For tests: the same run again and again. */
export function long(steps: number): PageData {
  const { runs, ...rest } = dataOf(race)
  const repeated = (run: ShownRun): ShownRun => ({
    ...run,
    steps: Array.from({ length: steps }, (_, index) => run.steps[index % run.steps.length]),
    taken: steps,
  })
  return { ...rest, runs: runs.map(repeated) }
}
