import { counted } from '../../base/plural.js'
import { ok, onLine, type Problem, problemText, type Result, refuse, within } from '../../base/result.js'
import { whyNotAsked } from '../../conform/cases/capabilities.js'
import { check, type Divergence, OracleCache } from '../../conform/oracle/check.js'
import type { Hello } from '../../conform/protocol/messages.js'
import { askUntil, requestsOf } from '../../conform/protocol/sequence.js'
import { readTranscript, type Transcript } from '../../conform/protocol/transcript.js'
import { withSession } from '../../conform/runner/session.js'
import type { TraceFormatName } from '../../export/formats.js'
import { writeTranscriptAs } from '../../export/transcript/formats.js'
import type { CiOutcome } from '../../report/ci/outcome.js'
import { outcomeOfReplies, outcomeOfUnreplayed } from '../../report/ci/replay.js'
import { type Layout, transcriptReplayJson } from '../../report/json/replay.js'
import { lastCall, protocolCallText, seenText, transcriptText } from '../../report/text/divergence.js'
import { Status } from '../exit-status.js'
import type { LinuxGuestWords } from '../options/found-target.js'
import { findTarget } from '../options/target.js'
import { complainOf, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'
import { checkReplies, type Received, recorded } from './checked-transcript.js'

export interface ReplayWords extends LinuxGuestWords {
  /** The target to ask again; without one the recorded replies are checked. */
  readonly on?: string
  readonly timeout?: number
  readonly json?: true
  readonly format?: TraceFormatName
}

/** What became of one file. */
export interface ReplayedFile {
  /** The exit status, were it the only file. */
  readonly status: number
  readonly outcome: CiOutcome
}

/** Says why a file was not replayed. @param named whether the message does not say which file */
export function unreplayed(io: Io, problem: Problem, file: string, named: 'file' | 'said' = 'file'): ReplayedFile {
  complainOf(io, problem, named === 'file' ? file : undefined)
  return { status: Status.BadInput, outcome: outcomeOfUnreplayed(file, problemText(problem)) }
}

/**
 * Checks the replies of a saved transcript against the model, or those that a target gives now.
 *
 * @param layout a line for one of several files
 * @param find opens the target: a test has one of its own
 */
export async function replayTranscript(
  io: Io,
  { file, text }: { readonly file: string; readonly text: string },
  words: ReplayWords,
  layout: Layout = 'whole',
  find = findTarget,
): Promise<ReplayedFile> {
  const read = readTranscript(text, file)
  if (!read.ok) return unreplayed(io, read.problem, file)
  const judge = new OracleCache(read.value.header.platforms).open(read.value.sequence.setting)
  if (!judge.ok) return unreplayed(io, { ...judge.problem, ...onLine(2) }, file)
  const { on } = words
  const divergenceIn = ({ replies: answers, ...rest }: Received) =>
    check(judge.value, read.value.sequence, { answers, ...rest })
  const isWrong = (one: Received) => divergenceIn(one) !== undefined
  const heard = on === undefined ? recorded(read.value) : await askAgain(read.value, on, words, { find, isWrong })
  if (!heard.ok)
    return unreplayed(io, layout === 'line' ? within(file, heard.problem).problem : heard.problem, file, 'said')
  const found = divergenceIn(heard.value)
  if (words.json) io.out(transcriptReplayJson(file, read.value, found, on, layout))
  else if (layout === 'line') report(io, `${file}: ${lineOf(read.value, found, on)}\n`)
  else if (words.format === undefined || words.format === 'text') {
    report(io, `${transcriptText(read.value.header, read.value.sequence, found, whose(on))}\n`)
  } else {
    const checked = checkReplies(read.value, heard.value)
    const written = checked.ok ? writeTranscriptAs(words.format, checked.value, file) : checked
    if (!written.ok) return unreplayed(io, written.problem, file)
    io.out(written.value)
  }
  const outcome = outcomeOfReplies(file, read.value, found)
  return { status: found === undefined ? Status.Held : Status.Violated, outcome }
}

interface Asking {
  readonly find: typeof findTarget
  /** Replies to a sequence with a race that are right do not mean that the next ones will be. */
  readonly isWrong: (received: Received) => boolean
}

async function askAgain(
  { header, sequence }: Transcript,
  on: string,
  { timeout, backing = header.backing, iommu = header.iommu }: ReplayWords,
  { find, isWrong }: Asking,
): Promise<Result<Received>> {
  const { kvm, interface: beside, devices } = sequence.setting
  const found = await find(on, { interface: beside, kvm: kvm === 1, devices, timeout, backing, iommu })
  if (!found.ok) return found
  return withSession(found.value.open, async (session, hello) => {
    const whyNot = whyNotAsked(hello, sequence)
    if (whyNot !== undefined) {
      return refuse(`--on: ${hello.name} cannot be asked: ${whyNot.message}; it offers ${offerOf(hello)}`)
    }
    // it may observe less than the first target, and is only held to what it promises
    const promised = header.observes.filter((one) => hello.observes.includes(one))
    const once = async (): Promise<Received> => ({ ...(await session.ask(requestsOf(sequence))), promised })
    return ok(await askUntil(sequence, once, isWrong))
  })
}

function offerOf({ interfaces, pages, superpages, devices, vcpus = 1, flaws }: Hello): string {
  const sizes = [`${counted(pages, 'page')}`, `${counted(devices, 'device')}`, `${counted(vcpus, 'vCPU')}`]
  const rest = [`superpages ${superpages ?? 'of any size'}`, `flaws: ${flaws.join(' ') || 'none'}`]
  return [interfaces.join(' '), ...sizes, ...rest].join(', ')
}

const whose = (on: string | undefined): string => (on === undefined ? 'the recorded replies' : `the replies of ${on}`)

function lineOf({ sequence }: Transcript, found: Divergence | undefined, on: string | undefined): string {
  if (found === undefined) return `the model allows ${whose(on)} to ${counted(sequence.calls.length, 'call')}`
  const { calls } = found.sequence
  return `${lastCall(calls.map(protocolCallText))} diverges as call ${calls.length}: ${seenText(found.seen)}`
}
