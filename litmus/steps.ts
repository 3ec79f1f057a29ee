import { type Kind, kindIndex, kinds, rows } from '../model/actions/relation.js'
import { codeLength } from '../model/machine/action.js'
import type { EntryName, Machine } from '../model/machine/machine.js'
import { Opcode } from '../model/plan/compiler.js'
import type { Actor } from './actor.js'
import { codeOf } from './arguments.js'
import type { outcomeWords } from './outcome.js'
import { accept, type ParseResult, refuse } from './problem.js'
import type { StepText } from './syntax.js'
import { type CallVerb, verbOf } from './verbs.js'

/** One step of a column, ready to be taken. */
export interface ThreadStep {
  readonly code: Int32Array
  /**
   * An action of the environment, a step of the host that no plan is about to take, a whole call of the driver; or
   * nothing but the wait for another column's register.
   */
  readonly how: 'environment' | 'alone' | 'await' | CallVerb
  /** What a register would record of it. */
  readonly records: keyof typeof outcomeWords
  /** Its register's name. */
  readonly register: string | undefined
  /** Of an `await`: whose register, as in `P0:r0`. */
  readonly awaits: string | undefined
  /** It begins, or takes up again, what a plan of the column's vCPU then carries out. */
  readonly startsPlan: boolean
  /** It happens in the middle of what the column's vCPU is doing. */
  readonly during: boolean
  /** Of the hardware's work that goes on by itself, what this step takes into its column (`turnOf`); -1 for none. */
  readonly turn: number
}

const starting: readonly Kind[] = ['guest.convert', 'guest.retry', 'host.map', 'host.unmap', 'vmm.teardown']
const during: readonly Kind[] = ['guest.retry', 'tdx.map-gpa.next-chunk', 'tdx.map-gpa.interrupt', 'host.fail-next']

/** Work that goes on by itself, in groups of which one step is next: of a device, a unit, a vCPU, a domain. */
const groups: Readonly<Partial<Record<Kind, number>>> = {
  'vtd.walk': 0,
  'vtd.walk-from-cache': 0,
  'vtd.hit-iotlb': 0,
  'dma.hit-device-tlb': 0,
  'dma.complete': 0,
  'vtd.invalidate': 1,
  'vtd.retire-descriptor': 1,
  'tdx.map-gpa.next-chunk': 2,
  'tdx.map-gpa.interrupt': 2,
  'vtd.flush-deferred': 3,
  'kvm.fault-install': 4,
}
const widestGroup = 8
export const turnCount = 5 * widestGroup
const groupOfKind: readonly number[] = kinds.names.map((name) => groups[name] ?? -1)

/** Whose turn an action of the hardware is, as an index below `turnCount`; -1 for an action that is nobody's. */
export function turnOf(a: ArrayLike<number>): number {
  const group = groupOfKind[a[0] ?? 0] ?? -1
  return group < 0 ? -1 : group * widestGroup + (a[1] ?? 0)
}

const interrupt = kindIndex('tdx.map-gpa.interrupt')
/** Owed: what hardware, and a host that has begun, do at some time. An interrupt comes only where a column says so. */
export const owedKinds: readonly number[] = Object.keys(groups)
  .map(kindIndex)
  .filter((kind) => kind !== interrupt)
/** Free: what hardware may do at any time, or never. */
export const freeKinds: readonly number[] = [
  'vtd.evict-iotlb',
  'dma.evict-device-tlb',
  'vtd.evict-walk-cache',
  'host.choose-frame',
].map(kindIndex)

/** `await P0:r0`: the column goes on when that register has been written, as a doorbell or an interrupt would say. */
function awaitOf({ verb, args, register }: StepText): ParseResult<ThreadStep> {
  const [arg, more] = args
  const text = arg?.value.text ?? ''
  if (register !== undefined) return refuse(register, 'an await has no outcome')
  if (arg === undefined || more !== undefined || !/^[PHD]\d:r\d+$/.test(text)) {
    return refuse(arg?.value ?? verb, 'expected one register of another column: await P0:r0')
  }
  const rest = { register: undefined, startsPlan: false, during: true, turn: -1 } as const
  return accept({ code: new Int32Array(codeLength), how: 'await', records: 'call', awaits: text, ...rest })
}

/** Makes a step of a column; `m` says what its parameters may be. */
export function opOf(m: Machine, actor: Actor, step: StepText): ParseResult<ThreadStep> {
  if (step.verb.text === 'await') return awaitOf(step)
  const verb = verbOf(step.verb, actor)
  if (!verb.ok) return verb
  const { kind, call } = verb.value
  const wrong = wrongColumn(kind, actor)
  if (wrong !== undefined) return refuse(step.verb, wrong)
  const code = codeOf(m, actor, verb.value, step)
  if (!code.ok) return code
  const row = rows[code.value[0] ?? 0]
  const misfit = misfitOf(m, kind, code.value)
  if (misfit !== undefined) return refuse(step, misfit)
  return accept({
    code: tellable(m, kind, code.value),
    how: call ?? (row?.by === 'plan' ? 'alone' : 'environment'),
    records: recordsOf(kind),
    register: step.register?.text,
    awaits: undefined,
    startsPlan: starting.includes(kind),
    during: during.includes(kind),
    turn: turnOf(code.value),
  })
}

/** What a guest does, or makes KVM do by touching a page. */
const guestKinds = /^(guest\.|tdg\.|kvm\.fault-|gmem\.populate)/

function wrongColumn(kind: string, { role, name }: Actor): string | undefined {
  const parameters: readonly string[] = kinds.parameters[kindIndex(kind)] ?? []
  const isHost = rows[kindIndex(kind)]?.by === 'plan' || kind.startsWith('host.') || kind.startsWith('vmm.')
  if (kind === 'dma.issue' && role !== 'D') return `DMA is issued in a column of a device (D0), found ${name}`
  if (isHost && role !== 'H' && role !== 'P') return `${kind} belongs in a column of a host thread (H0), found ${name}`
  if (guestKinds.test(kind) && role !== 'P') return `${kind} belongs in a column of a vCPU (P0), found ${name}`
  if (parameters[0] !== 'vcpu' || role === 'P' || role === 'H') return undefined
  return `${kind} belongs in a column of a vCPU (P0), found ${name}`
}

/** What the machine does not have, so that the step could not be told from another, or never taken. */
function misfitOf(m: Machine, kind: string, code: Int32Array): string | undefined {
  if (kind === 'guest.convert' && hasNoPlan(m, code[4] === 1 ? 'toPrivate' : 'toShared')) {
    return 'nobody carries this request out; expected `by DESIGN` or a `design` line'
  }
  const isCall = kind === 'host.map' || kind === 'host.unmap'
  if (isCall && !m.scope.calls) {
    const flaw = code[kind === 'host.map' ? 5 : 4] ?? 0
    const permissions = kind === 'host.map' ? (code[4] ?? 3) : 3
    if (flaw !== 0 || permissions !== 3) return 'permissions and flaws of a call need: scope calls=true'
  }
  if (kind === 'guest.access' && !(m.parts.content && m.parts.secureEpt)) {
    return 'a vCPU reads and writes only with: parts content secureEpt'
  }
  if (kind === 'host.access' && !m.parts.hostAccess) return 'a host thread reads and writes only with: parts hostAccess'
  if (kind === 'iommufd.isolate-area' || kind === 'vfio.unmap-dma-v1') {
    return `${kind} is a step inside a call, whose range it works on; expected: unmap`
  }
  if (m.inPlace && kind.endsWith('.punch-hole')) {
    return `${kind} is modelled with two backings only: in place the frame changes its owner`
  }
  if (kind === 'vtd.clflush-tables' && !m.incoherent) {
    return 'vtd.clflush-tables needs: parts coherency, and coherentPageWalk=false of the platform'
  }
  const isTdx = kind.startsWith('tdh.') || kind.startsWith('tdg.') || kind.startsWith('kvm.fault')
  if (isTdx && !m.parts.secureEpt) return `${kind} needs: parts secureEpt`
  if (kind === 'host.fail-next' && m.scope.failures === 0) return 'host.fail-next needs: scope failures=1'
  return undefined
}

/** A host that does nothing at a request ends it at once, with success and the page as it was. */
const hasNoPlan = ({ program }: Machine, entry: EntryName): boolean =>
  program.code[program.entry[entry]]?.op === Opcode.End

/** Where nothing tells a read from a write, devices write, so that the two are one state. */
function tellable(m: Machine, kind: string, code: Int32Array): Int32Array {
  if (kind === 'dma.issue' && !m.tellsReads) code[3] = 1
  return code
}

function recordsOf(kind: string): ThreadStep['records'] {
  if (kind === 'dma.issue') return 'dma'
  return kind === 'guest.access' ? 'access' : 'call'
}
