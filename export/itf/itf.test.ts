import { expect, test } from 'vitest'
import { must, problemText } from '../../base/result.js'
import { print } from '../../model/machine/action.js'
import { viewNames } from '../../search/recorded-state.js'
import { simulatorOf } from '../../search/testing/race.js'
import { encodeTrace, type Trace } from '../../search/trace.js'
import { loopOf } from '../../view/map/loop.js'
import { itfForm } from '../testing/itf-form.js'
import { hostileTexts, hostileTrace, lassoTrace, raceTrace, staleFrame } from '../testing/traces.js'
import { findActions } from './find-actions.js'
import { isItf, parseItf, readStates } from './read.js'
import { itfOf } from './write.js'

interface File {
  vars: string[]
  states: Record<string, unknown>[]
  loop?: number
}

const fileOf = (trace: Trace): File => JSON.parse(must(itfOf(trace)))

/** The run that is found between the states of a file, or why there is none. */
function found(trace: Trace, file: unknown, setup = trace.header.setup): string[] | string {
  const simulator = simulatorOf(setup)
  const lengths = new Map<string, number>(
    viewNames(simulator.state).map((name) => [name, simulator.state[name].length]),
  )
  const itf = parseItf(JSON.stringify(file))
  const read = itf.ok ? readStates(itf.value, lengths) : itf
  const run = read.ok ? findActions(simulator, read.value.states) : read
  return run.ok ? run.value.map((code) => code.join()) : problemText(run.problem)
}

const codes = (trace: Trace): string[] => must(encodeTrace(trace)).map((code) => code.join())
const whole = ({ steps, continuation = [], header }: Trace): Trace => ({ header, steps: [...steps, ...continuation] })
const without = (file: File, isOut: (name: string) => boolean): File => ({
  ...file,
  states: file.states.map((state) => Object.fromEntries(Object.entries(state).filter(([name]) => !isOut(name)))),
})
const map = (...values: number[]) => ({
  '#map': values.map((value, index) => [{ '#bigint': `${index}` }, { '#bigint': `${value}` }]),
})

const staleTrace = staleFrame()
const traces = [
  ['a run', staleTrace],
  ['a lasso', lassoTrace()],
] as const

test.each(traces)('%s as ITF is as ADR-015 defines it, with a state before each action', (_, trace) => {
  const file = itfForm.parse(JSON.parse(must(itfOf(trace))))
  const all = whole(trace).steps.map(({ action }) => print(action))
  expect(file.loop).toBe(loopOf(trace))
  expect(file.states.map(({ action }) => action)).toEqual(file.loop === undefined ? [...all, ''] : all)
})

test('the form refuses a plain number, and a state without a variable', () => {
  const file = fileOf(raceTrace)
  expect(itfForm.safeParse({ ...file, states: [{ ...file.states[0], attr: 1 }] }).success).toBe(false)
  expect(itfForm.safeParse(without(file, (name) => name === 'attr')).success).toBe(false)
})

test.each(traces)('the actions that are found between the states of %s are its own', (_, trace) => {
  expect(found(trace, fileOf(trace))).toEqual(codes(whole(trace)))
})

test('they are found without their names, too', () => {
  const file = without(fileOf(staleTrace), (name) => name === 'action')
  expect(found(staleTrace, file)).toEqual(codes(staleTrace))
})

test('states of another program may name some variables only, with modules before them, and stutter', () => {
  const kept = ['attr', 'guestView', 'pins', 'mapOf', 'dma', 'lock']
  const { states } = without(fileOf(staleTrace), (name) => !kept.includes(name))
  const twice = states.flatMap((state) => [state, state])
  const named = twice.map((state) =>
    Object.fromEntries(Object.entries(state).map(([name, value]) => [`main::guest::${name}`, value])),
  )
  const run = found(staleTrace, { vars: [], states: named.map((state) => ({ ...state, 'mbt::actionTaken': 'x' })) })
  expect(Array.isArray(run)).toBe(true)
  expect(run.length).toBeGreaterThanOrEqual(staleTrace.steps.length)
  expect(run.length).toBeLessThan(twice.length)
})

test('a view may be a list, a tuple or, if it has one entry, a number, and an entry a truth value', () => {
  const ways = [[0, false, { '#bigint': '0' }, 0], { '#tup': [0, 0, 0, 0] }, map(0, 0)]
  for (const attr of ways) expect(found(raceTrace, { vars: [], states: [{ attr, dma: 0 }] })).toEqual([])
})

test('a state that no action leads to is refused with what differs and the nearest action', () => {
  const file = without(fileOf(staleTrace), (name) => name === 'action')
  const [, , third] = file.states
  if (third !== undefined) third.dmaFrame = map(7)
  expect(found(staleTrace, file)).toBe(
    [
      'states[2]: no action leads there from states[1]',
      `  nearest   ${print(staleTrace.steps[1]?.action ?? { kind: '' })}`,
      '  differs   dmaFrame[0] is 0, the file has 7',
    ].join('\n'),
  )
})

test('an action that is named and leads elsewhere is refused, although another leads there', () => {
  const file = fileOf(staleTrace)
  const [first] = file.states
  if (first !== undefined) first.action = 'dma.issue device=0 gfn=0 access=write half=mapped'
  expect(found(staleTrace, file)).toContain('nearest   dma.issue device=0 gfn=0 access=write half=mapped')
  if (first !== undefined) first.action = 'dma.complete device=0'
  expect(found(staleTrace, file)).toContain('states[1]: no action leads there from states[0]: the action that it names')
})

test('a loop that does not close is refused at the state where it begins', () => {
  const lasso = lassoTrace()
  const file = fileOf(lasso)
  const message = `states[${file.states.length}]: no action leads there from states[${file.states.length - 1}]`
  expect(found(lasso, { ...file, loop: (file.loop ?? 0) + 1 })).toContain(message)
})

test.each<[string, (file: File) => unknown, string]>([
  ['begins otherwise', ({ states }) => ({ vars: [], states: [{ ...states[0], attr: map(1) }] }), 'attr[0] is 0'],
  ['has no view', () => ({ vars: [], states: [{ x: 1 }] }), 'states[0] has no variable that is a view'],
  ['names an entry too many', () => ({ vars: [], states: [{ attr: [0, 0, 0, 0, 0] }] }), 'found index 4, expected one'],
  ['has a text for a number', () => ({ vars: [], states: [{ attr: ['a'] }] }), 'expected whole numbers'],
  ['has a text for a view', () => ({ vars: [], states: [{ attr: 'a' }] }), 'states[0].attr: found "a"'],
  ['has a loop to nowhere', ({ states }) => ({ vars: [], states, loop: 99 }), 'loop: found 99'],
  ['has no states', () => ({ vars: [], states: [] }), 'not an ITF trace: states'],
])('a file that %s is refused', (_, changed, message) => {
  expect(found(raceTrace, changed(fileOf(raceTrace)))).toContain(message)
})

test.each(hostileTexts)('a text %j of a trace stays a text', (hostile) => {
  const file = itfForm.parse(JSON.parse(must(itfOf(hostileTrace(hostile)))))
  expect(file['#meta'].description).toBe(`dmaproof: ${hostile}: ${hostile}`)
})

test('a trace without its beginning, or of a large guest, cannot be written', () => {
  const { header, steps } = raceTrace
  const refusal = (changed: Partial<Trace['header']>) => {
    const written = itfOf({ header: { ...header, ...changed }, steps })
    return written.ok ? 'written' : written.problem.message
  }
  expect(refusal({ initial: undefined })).toContain('does not say how the machine begins')
  expect(refusal({ initial: { attr: { length: 262_144, runs: [] } } })).toContain('too large for ITF')
})

test('a file is ITF by its name, or by what is in it', () => {
  expect(isItf('a.itf.json', 'x')).toBe(true)
  expect(isItf('a.json', must(itfOf(raceTrace)))).toBe(true)
  expect(isItf('a.ndjson', JSON.stringify(raceTrace.header))).toBe(false)
})
