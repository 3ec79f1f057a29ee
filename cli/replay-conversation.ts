import { check, type Divergence, Judges, requestsOf } from '../conform/check.js'
import { type Conversation, readConversation } from '../conform/conversation.js'
import { notOpened } from '../conform/run.js'
import { type Exchange, isTrouble, type Trouble } from '../conform/target.js'
import type { Checked } from '../model/checked.js'
import { divergenceText } from '../report/divergence.js'
import { complain, type Io } from './io.js'
import { Status } from './status.js'
import { findTarget } from './target.js'

/** Holds the replies of a saved conversation against the model, or those that a target gives now. */
export async function replayConversation(io: Io, file: string, text: string, on: string | undefined): Promise<number> {
  const read = readConversation(text, file)
  const judge = read.ok ? new Judges(read.value.header.platforms).open(read.value.sequence.setting) : read
  if (!read.ok || !judge.ok) {
    complain(io, read.ok ? `${file}:2: ${judge.ok ? '' : judge.message}` : read.message)
    return Status.BadInput
  }
  const { header, sequence } = read.value
  const heard = on === undefined ? { ok: true as const, value: recorded(read.value) } : await askAgain(read.value, on)
  if (!heard.ok) {
    complain(io, heard.message)
    return Status.BadInput
  }
  const { replies, trouble } = heard.value
  const promised = header.observes
  const found = check(judge.value, sequence, {
    answers: replies,
    promised,
    ...(trouble === undefined ? {} : { trouble }),
  })
  return show(io, read.value, found, on)
}

/** What the file says that came: where replies end before the requests, it was trouble. */
function recorded({ sequence, answers: replies, header }: Conversation): Exchange {
  if (replies.length > sequence.calls.length) return { replies }
  const trouble: Trouble = { kind: 'died', message: `recorded: ${header.why}`, stderr: '' }
  return { replies, trouble }
}

async function askAgain({ sequence }: Conversation, on: string): Promise<Checked<Exchange>> {
  const { kvm, interface: beside } = sequence.setting
  const found = await findTarget(on, { interface: beside, kvm: kvm === 1 })
  if (!found.ok) return found
  const target = await found.value.open()
  if (isTrouble(target)) return { ok: false, message: notOpened(target) }
  if (!target.hello.interfaces.includes(sequence.setting.interface)) {
    await target.close()
    return { ok: false, message: `${target.hello.name} does not offer ${sequence.setting.interface}` }
  }
  const exchange = await target.ask(requestsOf(sequence))
  await target.close()
  return { ok: true, value: exchange }
}

function show(
  io: Io,
  { header, sequence }: Conversation,
  found: Divergence | undefined,
  on: string | undefined,
): number {
  io.out(`${header.target} on ${header.interface}, held against ${header.platforms.join(' or ')}\n\n`)
  if (found === undefined) {
    const whose = on === undefined ? 'the recorded replies' : `the replies of ${on}`
    io.out(`  ${sequence.calls.length} calls: the model allows ${whose}.\n`)
    return Status.Held
  }
  io.out(`${divergenceText(found)}\n`)
  return Status.Violated
}
