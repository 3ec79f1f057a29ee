import { counted } from '../../base/plural.js'
import type { Litmus } from '../../litmus/litmus.js'
import type { FinalStates, LitmusAnswer } from '../../litmus/run.js'
import { machineOf } from './machine.js'

const verbs = { exists: 'Allowed', forall: 'Required', '~exists': 'Forbidden' } as const

/** Whether what was observed is what the file says; undefined where it says nothing, or not all was seen. */
export function isAsExpected({ expected }: Litmus, { observation, cut }: LitmusAnswer): boolean | undefined {
  return expected === undefined || cut !== undefined ? undefined : observation === expected
}

/** What a test has shown, in herd7's manner; the time is left out where outputs are compared. */
export function litmusText(litmus: Litmus, answer: LitmusAnswer, options: { readonly time?: boolean } = {}): string {
  const { name, quantifier, condition } = litmus
  const { finals, positive, negative, observation, seconds, cut } = answer
  return [
    `Test ${name} ${verbs[quantifier]}`,
    `Machine ${machineText(litmus)}`,
    `States ${finals.length}`,
    ...finals.map((final) => finalText(litmus, final)),
    ...(cut === undefined ? [answer.ok ? 'Ok' : 'No'] : [`Inconclusive: ${cut} was reached`]),
    'Witnesses',
    `Positive: ${positive} Negative: ${negative}`,
    `Condition ${quantifier} (${withoutBrackets(condition)})`,
    // herd's tools read this line as an answer, which a search that was cut has none of.
    ...(cut === undefined ? [`Observation ${name} ${observation} ${positive} ${negative}`] : []),
    ...(options.time === false ? [] : [`Time ${name} ${seconds.toFixed(2)}`]),
    `Explored ${counted(answer.states, 'state')}, ${counted(answer.transitions, 'step')}, depth ${answer.depth}`,
    resultText(litmus, answer),
  ].join('\n')
}

/** The machine with its sizes and parts: what the answer holds for. */
function machineText({ setup }: Litmus): string {
  const { pages, pagesPerSuperpage, vcpus, devices } = setup.scope
  const sizes = `pages=${pages} pagesPerSuperpage=${pagesPerSuperpage} vcpus=${vcpus} devices=${devices}`
  return [machineOf(setup), sizes, ...setup.parts].join(' · ')
}

/** `     3 *> D0:r0=fault:not-present;`, with a colon for a state in which the proposition does not hold. */
function finalText({ observables }: Litmus, { seen, count, holds, stuck }: FinalStates): string {
  const asksStuck = observables.some(({ name }) => name === 'stuck')
  const words = [
    ...observables.map(({ name }, at) => `${name}=${seen[at]};`),
    ...(stuck && !asksStuck ? ['stuck;'] : []),
  ]
  return `${String(count).padStart(6)} ${holds ? '*' : ':'}> ${words.join(' ')}`
}

function resultText(litmus: Litmus, answer: LitmusAnswer): string {
  const { name, expected } = litmus
  if (answer.cut !== undefined) return `Result ${name} inconclusive`
  if (expected === undefined) return `Result ${name} not stated in the file`
  return isAsExpected(litmus, answer)
    ? `Result ${name} ${expected}, as the file says`
    : `Result ${name} DIFFERS: the file says ${expected}, observed ${answer.observation}`
}

/** The condition is printed in one pair of brackets, whether it is written with or without. */
function withoutBrackets(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text
  let depth = 0
  for (const [at, char] of [...text].entries()) {
    if (char === '(') depth += 1
    if (char === ')') depth -= 1
    if (depth === 0 && at < text.length - 1) return text
  }
  return text.slice(1, -1).trim()
}
