import { counted } from '../base/plural.js'
import { ok } from '../base/result.js'
import type { Design } from '../designs/index.js'
import type { MachineConfig } from '../search/machine-config.js'
import { type Holds, holdsOf } from './condition.js'
import { initialStateOf } from './initial-state.js'
import { threadActorOf } from './language/actor.js'
import { inComments } from './language/comments.js'
import { parseLitmus } from './language/parse.js'
import { all, firstRepeated, type ParseResult, refuseAt } from './language/problem.js'
import type { LitmusSource, Quantifier, StepText, Word } from './language/syntax.js'
import { type Observable, observablesOf, registersOf, type Thread } from './observe.js'
import { Product } from './product.js'
import { actorNames, buildLitmusMachine, withoutBy } from './setting.js'
import { opOf } from './steps.js'

export const observations = ['Never', 'Sometimes', 'Always'] as const
export type LitmusObservation = (typeof observations)[number]

/** A litmus test that can be run. */
export interface Litmus {
  readonly name: string
  readonly quantifier: Quantifier
  /** The proposition as it is written. */
  readonly condition: string
  readonly setup: MachineConfig
  readonly threads: readonly Thread[]
  readonly observables: readonly Observable[]
  readonly holds: Holds
  /** What the file's comment says that will be observed; undefined if it says nothing. */
  readonly expected: LitmusObservation | undefined
  readonly product: Product
}

/**
 * Makes a test from the text of a file, or says where and what is wrong with it.
 *
 * @param own designs beside the catalogue's, or instead of those of the same name
 */
export function makeLitmus(text: string, own: readonly Design[] = []): ParseResult<Litmus> {
  const parsed = parseLitmus(text)
  if (!parsed.ok) return parsed
  const source = parsed.value
  const expected = expectedBy(source)
  if (!expected.ok) return expected
  const opened = buildLitmusMachine(source, own)
  if (!opened.ok) return opened
  const { machine, setup } = opened.value
  const threads = threadsOf(source, machine)
  if (!threads.ok) return threads
  const unwritten = unwrittenAwait(source, threads.value)
  if (unwritten !== undefined) return unwritten
  const begun = initialStateOf(machine, source)
  if (!begun.ok) return begun
  const registers = registersOf(threads.value)
  if (registers.length > max.registers) {
    return refuseAt(source.threads[0] as Word, `more than ${max.registers} registers`)
  }
  const observables = observablesOf(machine, source, registers)
  if (!observables.ok) return observables
  const holds = holdsOf(machine, source.proposition, registers)
  if (!holds.ok) return holds
  return ok({
    name: source.name,
    quantifier: source.quantifier,
    condition: source.condition,
    setup,
    threads: threads.value,
    observables: observables.value,
    holds: holds.value,
    expected: expected.value,
    product: new Product(machine, begun.value, threads.value, registers),
  })
}

/** `(* Result: Never *)`, in any comment of the file. */
function expectedBy({ comments }: LitmusSource): ParseResult<LitmusObservation | undefined> {
  const [first, second] = inComments(comments, /\bResult:\s*(\S*)/g)
  if (second !== undefined) return refuseAt(second, '"Result:" stands here twice')
  const known = observations.find((one) => one === first?.text.replace(/[.,;]$/, ''))
  if (first === undefined || known !== undefined) return ok(known)
  return refuseAt(first, `Result: found "${first.text}", expected ${observations.join(', ')}`)
}

/** What a byte can count, and what a sane file has. */
const max = { threads: 16, steps: 255, registers: 127 } as const

/** The threads of a test with their steps; refused at names that come twice, and beyond what a byte counts. */
export function threadsOf(source: LitmusSource, machine: Product['machine']): ParseResult<readonly Thread[]> {
  const names = source.threads
  const twice = firstRepeated(names)
  if (twice !== undefined) return refuseAt(twice, `found a second thread ${twice.text}`)
  if (names.length > max.threads) return refuseAt(names[max.threads] as Word, `more than ${max.threads} threads`)
  if (source.rows.length === 0)
    return refuseAt(names[0] as Word, 'found no row of steps below the threads, expected one')
  for (const { cells, at, end } of source.rows) {
    const extra = cells[names.length]
    const found = `found ${counted(cells.length, 'cell')} in this row, expected ${names.length}`
    if (extra !== undefined) return refuseAt(extra, found)
    if (cells.length < names.length) return refuseAt({ at, end }, found)
  }
  if (source.rows.length > max.steps) return refuseAt(names[0] as Word, `more than ${max.steps} rows`)
  return all(
    names.map((name, index) => {
      const steps = source.rows.flatMap(({ cells }) => cells[index]?.step ?? [])
      return threadOf(source, machine, name, steps)
    }),
  )
}

/** An `await` of a register that no step writes. */
function unwrittenAwait(source: LitmusSource, threads: readonly Thread[]): ParseResult<never> | undefined {
  const written = registersOf(threads).map(({ actor, name }) => `${actor}:${name}`)
  const steps = source.rows.flatMap(({ cells }) => cells.flatMap(({ step }) => step ?? []))
  const [wrong] = steps
    .filter(({ verb }) => verb.text === 'await')
    .flatMap(({ args }) => args.map(({ value }) => value))
    .filter(({ text }) => !written.includes(text))
  return wrong === undefined ? undefined : refuseAt(wrong, `no step writes ${wrong.text}`)
}

function threadOf(
  source: LitmusSource,
  m: Product['machine'],
  name: Word,
  steps: readonly StepText[],
): ParseResult<Thread> {
  const actor = threadActorOf(name, actorNames(source), m.scope)
  if (!actor.ok) return actor
  const twice = firstRepeated(steps.flatMap(({ register }) => register ?? []))
  if (twice !== undefined)
    return refuseAt(twice, `${name.text} writes ${twice.text} twice: give each step a register of its own`)
  const ops = all(steps.map((step) => opOf(m, actor.value, withoutBy(step))))
  return ops.ok ? ok({ actor: actor.value, ops: ops.value }) : ops
}
