import { test as propTest } from '@fast-check/vitest'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { must, ok, onLine, refuse } from '../base/result.js'
import { designs } from '../designs/index.js'
import { kinds } from '../model/actions/relation.js'
import { type Action, codeLength, decode, encode, parse, print } from '../model/machine/action.js'
import type { State } from '../model/machine/state.js'
import { type Property, properties } from '../properties/index.js'
import { buildMachine } from './machine-config.js'
import { runs } from './random/arbitrary.js'
import { Simulator } from './simulator.js'
import type { RecordedStep } from './step-effects.js'
import { raceActions, raceSetup, runOf } from './testing/race.js'
import { codesOf, modelVersion, readTrace, record, type Trace, traceFormat, writeTrace } from './trace.js'

const opened = buildMachine({
  design: 'on-demand-4k',
  driver: 'type1v2',
  scope: { failures: 1 },
  platform: 'tdx-2021-reading drain=writes',
  parts: ['secureEpt', 'content'],
})
if (!opened.ok) throw new Error(opened.problem.message)
const { setup, machine } = opened.value
const simulator = new Simulator(machine)
const recordAgain = 'record it again: dmaproof check … --seed …'
const none: readonly Property[] = []
const found = { property: properties[0]?.name ?? '', seed: 7, why: 'because' }
const traces = runs(simulator, none, { length: 30 }).map(({ run }) => record(simulator, setup, run, found))
const traceOfLength = (length: number): Trace => {
  const [trace] = fc.sample(
    traces.filter(({ steps }) => steps.length >= length),
    { seed: 1, numRuns: 1 },
  )
  if (trace === undefined) throw new Error('no trace was drawn')
  return { header: { ...trace.header, steps: length }, steps: trace.steps.slice(0, length) }
}

/** Codes of one kind; a parameter whose numbers have names has two at the least. */
function codesOfKind(kind: number): fc.Arbitrary<Int32Array> {
  const probe = decode(kinds, Int32Array.of(kind, 1, 1, 1, 1, 1))
  const values = (kinds.parameters[kind] ?? []).map((name) =>
    typeof probe[name] === 'string' ? fc.integer({ min: 0, max: 1 }) : fc.integer({ min: 0, max: 0x7fff_ffff }),
  )
  return fc.tuple(...values).map((numbers) => {
    const code = new Int32Array(codeLength)
    code.set([kind, ...numbers])
    return code
  })
}

describe('an action', () => {
  const codes = fc.oneof(...kinds.names.map((_, kind) => codesOfKind(kind)))

  propTest.prop([codes], { numRuns: 2000 })('of every kind is the same after decode and encode', (code) => {
    expect(encode(kinds, decode(kinds, code))).toEqual(ok(code))
  })

  propTest.prop([codes], { numRuns: 2000 })('of every kind is the same after print and parse', (code) => {
    const action = decode(kinds, code)
    expect(parse(print(action))).toEqual(action)
  })

  test.each<[string, Action, string]>([
    ['an unknown kind', { kind: 'dma.guess' }, 'no action is called "dma.guess"'],
    [
      'a missing parameter',
      { kind: 'iommu.walk', device: 0 },
      'iommu.walk: "keep" is missing, expected none or iotlb or device-tlb or both',
    ],
    ['a parameter too many', { kind: 'iommu.wait', vcpu: 0, gfn: 1 }, 'iommu.wait has no parameter "gfn"; it has vcpu'],
    ['a fraction', { kind: 'iommu.wait', vcpu: 0.5 }, 'iommu.wait: "vcpu" is 0.5, expected a whole number'],
    [
      'a wrong word',
      { kind: 'lock.acquire', vcpu: 0, lock: 'big' },
      'lock.acquire: "lock" is big, expected vm or container or slots or mmu',
    ],
  ])('with %s is refused in words', (_, action, message) => {
    expect(encode(kinds, action)).toEqual(refuse(message))
  })
})

describe('a trace', () => {
  propTest.prop([traces])('is the same after it was written and read', (trace) => {
    expect(readTrace(writeTrace(trace))).toEqual({ ok: true, value: trace })
  })

  propTest.prop([traces])('is replayed by its actions, with the outcomes that it recorded', (trace) => {
    const codes = must(codesOf(simulator, trace))
    expect(record(simulator, setup, codes.run, found)).toEqual(trace)
  })

  propTest.prop([traces], { numRuns: 10 })('that begins in another state is not replayed', (trace) => {
    const { sharedFrame: _, ...lacking } = trace.header.initial ?? {}
    const message = 'the trace begins in another state than this model'
    expect(codesOf(simulator, { ...trace, header: { ...trace.header, initial: lacking } })).toEqual(
      refuse(message, onLine(1)),
    )
  })

  propTest.prop([traces, fc.nat()])('that was cut off anywhere is not read', (trace, at) => {
    const text = writeTrace(trace)
    const cut = text.slice(0, at % (text.length - 1))
    expect(readTrace(cut).ok).toBe(false)
  })
})

describe.each(['pin-all', 'on-demand-4k', 'on-demand-superpage', 'deferred-flush'])('a trace of %s', (design) => {
  const [driver] = designs.find(({ name }) => name === design)?.drivers ?? []
  const own = buildMachine({ design, driver: driver?.name ?? '', scope: {}, platform: 'tdx-2026-reading' })
  if (!own.ok) throw new Error(own.problem.message)
  const ownSimulator = new Simulator(own.value.machine)

  propTest.prop([runs(ownSimulator, none, { length: 30 })], { numRuns: 30 })(
    'has the effects that a fresh replay has, and applied one by one they lead to its last state',
    ({ run }) => {
      const trace = record(ownSimulator, own.value.setup, run, found)
      const last = ownSimulator.state.bytes.slice()
      expect(codesOf(new Simulator(own.value.machine), trace)).toEqual(ok({ run, steps: trace.steps }))
      ownSimulator.reset()
      for (const { effects } of trace.steps) apply(ownSimulator.state, effects?.changed ?? {})
      const registers = new Uint8Array(
        ownSimulator.state.reg.buffer,
        ownSimulator.state.reg.byteOffset,
        ownSimulator.state.reg.byteLength,
      )
      const at = registers.byteOffset - ownSimulator.state.bytes.byteOffset
      registers.set(last.subarray(at, at + registers.byteLength))
      expect(ownSimulator.state.bytes).toEqual(last)
    },
  )
})

function apply(state: State, changed: Readonly<Record<string, readonly (readonly number[])[]>>): void {
  for (const [name, entries] of Object.entries(changed)) {
    const view = state[name as Exclude<keyof State, 'limits'>]
    for (const [at = 0, before, after = 0] of entries) {
      expect(view[at]).toBe(before)
      view[at] = after
    }
  }
}

test('a trace records what its DMAs led to, and that the host died', () => {
  const race = buildMachine(raceSetup)
  if (!race.ok) throw new Error(race.problem.message)
  const { steps } = record(new Simulator(race.value.machine), race.value.setup, runOf(raceActions), found)
  expect(steps[1]?.effects?.dma).toEqual({ end: 'translated', frame: 1, owner: 'host' })
  expect(steps.at(-1)?.effects).toMatchObject({
    changed: { hostDead: [[0, 0, 1]] },
    dma: { end: 'done', frame: 1, owner: 'private' },
    hostDied: true,
  })
})

describe('a trace is refused with line, found and expected', () => {
  const whole = traceOfLength(5)
  const [header = '', ...steps] = writeTrace(whole).trimEnd().split('\n')
  const withHeader = (change: object) => [JSON.stringify({ ...whole.header, ...change }), ...steps].join('\n')

  test.each<[string, string, number, string]>([
    ['the file is empty', '', 1, 'the file is empty; expected a trace header'],
    [
      'the file is not JSON',
      'hello',
      1,
      'not a trace header: found a line that is not JSON, expected one JSON object per line',
    ],
    [
      'a step is not JSON',
      [header, steps[0], '{"action":'].join('\n'),
      3,
      'found a line that is not JSON, expected one JSON object per line',
    ],
    [
      'steps are missing',
      [header, ...steps.slice(0, 3)].join('\n'),
      4,
      'found 3 steps, expected 5: the file was cut off; record the trace again',
    ],
    [
      'the model is another',
      withHeader({ model: modelVersion + 1 }),
      1,
      `the trace is from model ${modelVersion + 1}, this is model ${modelVersion}; ${recordAgain}`,
    ],
    [
      'the format is another',
      withHeader({ format: traceFormat + 1 }),
      1,
      `the trace is of format ${traceFormat + 1}, this reads format ${traceFormat}; ${recordAgain}`,
    ],
  ])('%s', (_, text, line, message) => {
    expect(readTrace(text)).toEqual(refuse(message, onLine(line)))
  })

  test('the header lacks a field', () => {
    const { seed: _, ...lacking } = whole.header
    const parsed = readTrace([JSON.stringify(lacking), ...steps].join('\n'))
    expect(parsed).toMatchObject({
      ok: false,
      problem: { message: expect.stringContaining('seed'), ...onLine(1) },
    })
  })

  test('an outcome is none that there is', () => {
    const parsed = readTrace([header, steps[0], JSON.stringify({ ...whole.steps[1], outcome: 'EODD' })].join('\n'))
    expect(parsed).toMatchObject({
      ok: false,
      problem: { message: expect.stringContaining('outcome'), ...onLine(3) },
    })
  })
})

describe('a trace is not replayed', () => {
  const whole = traceOfLength(3)
  const changed = (index: number, step: Partial<RecordedStep>): Trace => ({
    ...whole,
    steps: whole.steps.map((old, at) => (at === index ? { ...old, ...step } : old)),
  })

  test('beyond an action that is not enabled: the message lists some that are', () => {
    const mismatch = codesOf(simulator, changed(1, { action: { kind: 'dma.complete', device: 0 } }))
    expect(mismatch).toMatchObject({ ok: false, problem: onLine(3) })
    const message = mismatch.ok ? '' : mismatch.problem.message
    expect(message.split('\n').slice(0, 2)).toEqual([
      'the recorded action is not enabled here',
      '  recorded  dma.complete device=0',
    ])
    expect(message.split('\n')[2]).toMatch(/^ {2}enabled {3}\S+\..* · … \d+ more$/)
  })

  test('beyond an outcome that differs: the message has both', () => {
    const [, , last] = whole.steps
    if (last === undefined) throw new Error('the trace is too short')
    expect(codesOf(simulator, changed(2, { outcome: 'EBUSY' }))).toEqual(
      refuse(`${print(last.action)} ends with ${last.outcome}, the trace recorded EBUSY`, onLine(4)),
    )
  })

  test('beyond effects that differ: the message has both', () => {
    const [first] = whole.steps
    const mismatch = codesOf(simulator, changed(0, { effects: { changed: { hostDead: [[0, 0, 1]] }, hostDied: true } }))
    const message = [
      `${print(first?.action ?? { kind: '' })} has other effects than the trace recorded`,
      '  recorded  {"changed":{"hostDead":[[0,0,1]]},"hostDied":true}',
      `  found     ${JSON.stringify(first?.effects)}`,
    ].join('\n')
    expect(mismatch).toEqual(refuse(message, onLine(2)))
  })

  test('but may come from another program, which records no effects', () => {
    const bare = { ...whole, steps: whole.steps.map(({ action, outcome }) => ({ action, outcome })) }
    expect(codesOf(simulator, bare)).toMatchObject({ ok: true, value: { steps: whole.steps } })
  })

  test('beyond an action that is none', () => {
    expect(codesOf(simulator, changed(0, { action: { kind: 'dma.guess' } }))).toEqual(
      refuse('no action is called "dma.guess"', onLine(2)),
    )
  })
})

describe('a trace of conversion-ends', () => {
  const setup = { design: 'attributes-first', driver: 'type1v2', scope: { failures: 1 }, platform: 'tdx-2021-reading' }
  const { machine, setup: whole } = must(buildMachine(setup))
  const actions = ['guest.convert vcpu=0 gfn=0 count=1 to=private', 'host.fail-next vcpu=0 what=discard']
  const found = { property: 'conversion-ends', seed: 1, why: '' }
  const trace = record(new Simulator(machine), whole, runOf(actions), found)

  test('holds the fair continuation up to the bad end, with the errno and rule of the call that failed', () => {
    const { continuation = [] } = trace
    expect(continuation.at(-1)?.effects?.conversion).toBe('refused')
    expect(continuation.find(({ outcome }) => outcome === 'EPERM')?.rule).toBe('kvm.host-memory/punch-refused')
    expect(readTrace(writeTrace(trace))).toEqual(ok(trace))
  })

  test('has none where all conversions end well, and none behind a bad end', () => {
    const short = record(new Simulator(machine), whole, runOf(actions.slice(0, 1)), found)
    expect(short.continuation).toEqual([])
    const run = [...trace.steps, ...(trace.continuation ?? [])].map(({ action }) => must(encode(kinds, action)))
    expect(record(new Simulator(machine), whole, run, found).continuation).toEqual([])
  })

  test('that was cut off in its continuation is refused', () => {
    const cut = writeTrace(trace).trimEnd().split('\n').slice(0, -1).join('\n')
    expect(readTrace(cut)).toMatchObject({
      ok: false,
      problem: { message: expect.stringContaining('the file was cut off') },
    })
  })
})
