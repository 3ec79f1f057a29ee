import type { Divergence } from '../../conform/oracle/check.js'
import type { Transcript } from '../../conform/protocol/transcript.js'
import { broken } from '../../properties/failure.js'
import type { Replayed } from '../../search/simulator.js'
import type { Trace } from '../../search/trace.js'
import { columnsOfTrace } from '../columns/columns.js'
import { divergenceText, seenText } from '../text/divergence.js'
import { machineOf } from '../text/machine.js'
import type { CiOutcome } from './outcome.js'

/** The outcome of a replayed trace. @param file path of the trace @param trace the run as it was taken now */
export function outcomeOfReplay(file: string, trace: Trace, { failure }: Replayed): CiOutcome {
  const { setup, property } = trace.header
  const base = { suite: machineOf(setup), name: `${property} (${file})` }
  if (failure === undefined)
    return { ...base, status: 'pass', why: `not violated by the ${trace.steps.length} actions of the file` }
  const { why, broken: rule } = broken(failure)
  return { ...base, status: 'fail', why: `violated: ${why} [${rule}]`, detail: columnsOfTrace(trace), trace }
}

/** The replies of an implementation, recorded or asked again. @param found the one that the model does not allow */
export function outcomeOfReplies(file: string, { header, sequence }: Transcript, found?: Divergence): CiOutcome {
  const base = { suite: `${header.target} · ${header.interface}`, name: `replies (${file})` }
  if (found === undefined)
    return { ...base, status: 'pass', why: `the model allows the replies to all ${sequence.calls.length} calls` }
  const replied = { header, divergence: found }
  return { ...base, status: 'fail', why: `diverges: ${seenText(found.seen)}`, detail: divergenceText(found), replied }
}

/** A file that was not replayed, which says nothing of what it is about. */
export const outcomeOfUnreplayed = (file: string, why: string): CiOutcome => ({
  suite: 'replay',
  name: file,
  status: 'error',
  why,
})
