import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { Prng } from '../../base/prng.js'
import { must } from '../../base/result.js'
import { drawOn } from '../cases/case-queue.js'
import { containerCases } from '../cases/container.js'
import { check, type Divergence, OracleCache } from '../oracle/check.js'
import { LineCutter, readLine } from '../protocol/framing.js'
import { type Answer, type InterfaceName, observationNames, replySchema } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { type TargetFailure, withoutId } from '../protocol/target.js'
import { mangle, misstate } from '../testing/mangle.js'
import { modelHello } from '../testing/model-target.js'

const oracles = new OracleCache(['linux-7.2'])
const promised = observationNames

/** What a right implementation says to a sequence, the reset first. */
function rightAnswers({ setting, calls }: Sequence): Answer[] {
  const oracle = must(oracles.open(setting))
  const answers = calls.map((call): Answer => {
    const predictions = oracle.predict(call)
    oracle.commit(predictions, predictions.slice(0, 1))
    return predictions[0]?.answer ?? { outcome: 'none' }
  })
  return [{ outcome: 'ok' }, ...answers]
}

/** Reads the lines of a process as a target does: up to the first that is no reply, or not the next one's. */
function hear(bytes: readonly Buffer[]): { answers: Answer[]; failure?: TargetFailure } {
  const cutter = new LineCutter()
  const answers: Answer[] = []
  const withFailure = (kind: TargetFailure['kind'], message: string) => ({
    answers,
    failure: { kind, message, stderr: '' },
  })
  for (const chunk of bytes) {
    const { lines, problem } = cutter.push(chunk)
    for (const line of lines) {
      const reply = readLine(line, replySchema)
      if (!reply.ok) return withFailure('unreadable', reply.problem.message)
      if (reply.value.id !== answers.length) {
        return withFailure('out-of-order', `found a reply to request ${reply.value.id}`)
      }
      answers.push(withoutId(reply.value))
    }
    if (problem !== undefined) return withFailure('unreadable', problem.message)
  }
  return { answers }
}

/** Judges a sequence of which one reply was changed on the way. */
function checkMangled(
  sequence: Sequence,
  change: (line: Buffer, prng: Prng) => Buffer,
  prng: Prng,
): Divergence | undefined {
  const lines = rightAnswers(sequence).map((answer, id) => Buffer.from(`${JSON.stringify({ id, ...answer })}\n`))
  const at = prng.nextBelow(lines.length)
  const { answers, failure } = hear([
    ...lines.slice(0, at),
    change(lines[at] ?? Buffer.alloc(0), prng),
    ...lines.slice(at + 1),
  ])
  const silent: TargetFailure = { kind: 'silent', message: 'no reply', stderr: '' }
  const missing = failure ?? (answers.length <= sequence.calls.length ? silent : undefined)
  const oracle = must(oracles.open(sequence.setting))
  return check(oracle, sequence, { answers, promised, ...(missing === undefined ? {} : { failure: missing }) })
}

/** Sequences of an interface: the fixed list, then random ones. */
function* sequences(on: InterfaceName): Generator<Sequence> {
  const testTarget = { hello: modelHello, interface: on, kvm: false }
  yield* containerCases(testTarget).sequences
  const draw = drawOn(testTarget)
  for (let seed = 1; ; seed += 1) yield draw.sequence(must(oracles.open(draw.setting(seed))), seed, 20)
}

describe.each([
  ['broken', mangle],
  ['changed in what it says', misstate],
] as const)('replies of which one in a sequence is %s', (_, change) => {
  test.each(['type1v2', 'iommufd', 'page-table', 'sept', 'rmm'] as const)('are each judged on %s', (on) => {
    const prng = new Prng(1)
    const seen = { replies: 0, wrong: 0, held: 0 }
    for (const sequence of sequences(on)) {
      const found = checkMangled(sequence, change, prng)
      seen.replies += sequence.calls.length + 1
      if (found === undefined) seen.held += 1
      else {
        seen.wrong += 1
        // what is wrong is said at a call of the sequence, or at its reset
        expect(found.sequence.calls.length).toBeLessThanOrEqual(sequence.calls.length)
      }
      if (seen.replies > 15_000) break
    }
    expect(seen.wrong).toBeGreaterThan(100)
  })
})

test('a hundred thousand of them leave nothing behind', { tags: 'long' }, () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const prng = new Prng(2)
  const [sequence] = [...containerCases({ hello: modelHello, interface: 'sept', kvm: false }).sequences].slice(-1)
  if (sequence === undefined) throw new Error('the fixed list is empty')
  const run = (replies: number) => {
    for (let heard = 0; heard < replies; heard += sequence.calls.length + 1) checkMangled(sequence, mangle, prng)
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = run(20_000)
  expect(run(100_000) - before).toBeLessThan(8 << 20)
})
