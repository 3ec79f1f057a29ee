import { counted, plural } from '../../base/plural.js'
import type { Divergence } from '../../conform/oracle/check.js'
import type { Allowed } from '../../conform/oracle/explain.js'
import { answerFields } from '../../conform/oracle/oracle.js'
import { type Answer, type Call, noLimits } from '../../conform/protocol/messages.js'
import type { Sequence } from '../../conform/protocol/sequence.js'
import type { TestSetup } from '../../conform/protocol/setting.js'
import type { TargetFailure } from '../../conform/protocol/target.js'
import type { TranscriptHeader } from '../../conform/protocol/transcript.js'
import type { ColumnActor } from '../columns/actor.js'
import { inColumns } from '../columns/columns.js'
import type { ActorLine } from '../columns/narrate.js'
import { mailWidth, wrap } from '../columns/wrap.js'

/** Whose replies are checked, and against what. */
export interface CheckedReplies extends Pick<TranscriptHeader, 'target' | 'interface'> {
  readonly platforms: readonly string[]
}

/**
 * A transcript for people: whose replies, checked against what, and the first that the model does not allow.
 *
 * @param whose replies they are, where the model allows all of them: `the recorded replies`
 */
export function transcriptText(
  { target, interface: on, platforms }: CheckedReplies,
  { calls }: Pick<Sequence, 'calls'>,
  found: Divergence | undefined,
  whose: string,
): string {
  const said =
    found === undefined ? `  ${counted(calls.length, 'call')}: the model allows ${whose}.` : divergenceText(found)
  return `${target} on ${on}, checked against ${platforms.join(' or ')}\n\n${said}`
}

/** A divergence for people: the run in columns, what came, and each reply that the model would have allowed. */
export function divergenceText({ sequence, answers, seen, allowed }: Divergence): string {
  const { calls } = sequence
  const lines = calls.map((call, index) =>
    lineOf(call, answers[index] ?? (index === calls.length - 1 ? seen : undefined)),
  )
  const run = lines.length === 0 ? ['  reset'] : inColumns(lines)
  return [
    ...earlierLines(sequence),
    `  ${settingText(sequence.setting)}`,
    ...run,
    ...wrap(cameText(seen), mailWidth, '  '),
    ...stderrLines(seen),
    ...allowed.flatMap(allowedLines),
  ].join('\n')
}

/** `on 16 pages, superpages of 4, 2 devices, at most 6 locked pages` */
export function settingText({ pages, superpage, devices, vcpus, entries, memlock }: TestSetup): string {
  const parts = [
    `on ${counted(pages, 'page')}`,
    ...(superpage === 1 ? [] : [`superpages of ${superpage}`]),
    vcpus === undefined ? `${counted(devices, 'device')}` : `${counted(vcpus, 'vCPU')}`,
    ...(entries === noLimits.entries ? [] : [`at most ${counted(entries, 'mapping')}`]),
    ...(memlock === noLimits.memlock ? [] : [`at most ${memlock} locked ${plural(memlock, 'page')}`]),
  ]
  return parts.join(', ')
}

/** The calls that the same process has to be asked before, up to a reset that does not undo them. */
function earlierLines({ earlier = [] }: Sequence): string[] {
  return earlier.flatMap(({ setting, calls }) => [
    `  ${settingText(setting)}`,
    ...inColumns(calls.map((call) => lineOf(call, undefined))),
    '  reset',
  ])
}

/** `map iovfn=2..3 → EEXIST` */
export function protocolCallText(call: Call): string {
  return callLine(call).text
}

/** The call of a run that was answered wrongly; its reset if the run has no call. */
export const lastCall = (calls: readonly string[]): string => calls.at(-1) ?? 'reset'

/** The same, with who calls. */
export const callLine = (call: Call): ActorLine => lineOf(call, undefined)

/** `ok, blocked, data 0` */
export function answerText(answer: Answer): string {
  const said = answerFields.flatMap((field) => {
    const value = answer[field]
    if (value === undefined) return []
    return [field === 'outcome' || field === 'result' ? String(value) : `${field} ${value}`]
  })
  return said.join(', ')
}

/** What came, in a few words. */
export function seenText(seen: Answer | TargetFailure): string {
  return 'kind' in seen ? `${seen.kind}: ${seen.message}` : answerText(seen)
}

function cameText(seen: Answer | TargetFailure): string {
  return 'kind' in seen ? `no reply: ${seen.message}` : `the reply was: ${answerText(seen)}`
}

function stderrLines(seen: Answer | TargetFailure): string[] {
  if (!('kind' in seen) || seen.stderr === '') return []
  const tail = seen.stderr.trimEnd().split('\n').slice(-10)
  return ['  its stderr ends:', ...tail.map((line) => `    ${line}`)]
}

function allowedLines({ platform, answer, why, rules }: Allowed): string[] {
  const cited = rules.length === 0 ? '' : ` [${rules.map(({ id }) => id).join(', ')}]`
  return [
    ...wrap(`${platform} allows: ${answerText(answer)}`, mailWidth, '  ', '  '),
    ...wrap(`${why}${cited}`, mailWidth, '    '),
  ]
}

const permissionWords = ['none', 'r', 'w', 'rw']
const quiet: readonly string[] = ['call', 'page', 'count', 'device', 'vcpu', 'permissions', 'flaw']

function lineOf(call: Call, answer: Answer | TargetFailure | undefined): ActorLine {
  const fields: Record<string, unknown> = { ...call }
  const said = Object.entries(fields)
    .filter(([name]) => !quiet.includes(name))
    .map(([name, value]) => (name === 'iovfn' ? rangeText(name, fields) : name === 'to' ? value : `${name}=${value}`))
  if ('page' in fields && !('iovfn' in fields)) said.unshift(rangeText('page', fields))
  if (call.call === 'map') said.push(permissionWords[call.permissions] ?? '')
  if ('flaw' in call && call.flaw !== 'none') said.push(call.flaw)
  const came = answer === undefined ? '' : ` → ${'kind' in answer ? answer.kind : answerText(answer)}`
  return { actor: actorOf(call), text: `${[call.call, ...said].join(' ')}${came}` }
}

function rangeText(name: string, fields: Readonly<Record<string, unknown>>): string {
  const first = Number(fields[name])
  const count = Number(fields.count ?? 1)
  return count === 1 ? `${name}=${first}` : `${name}=${first}..${first + count - 1}`
}

function actorOf(call: Call): ColumnActor {
  if (call.call === 'dma-read' || call.call === 'dma-write') return { role: 'device', index: call.device }
  if ('vcpu' in call) return { role: 'vcpu', index: call.vcpu }
  const isGuest = call.call === 'convert' || call.call === 'guest-read' || call.call === 'guest-write'
  return { role: isGuest ? 'vcpu' : 'host', index: 0 }
}
