import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { allDesigns, fullName } from '../../designs/index.js'
import { kindOf, kinds, relation } from '../../model/actions/relation.js'
import { enabled, step } from '../../model/actions/step.js'
import { listPlans } from '../../model/build-machine.js'
import { print } from '../../model/machine/action.js'
import { Opcode } from '../../model/plan/compiler.js'
import { properties } from '../../properties/index.js'
import { builtIn } from '../../search/catalogue/catalogue.js'
import { buildMachine, machineConfigSchema } from '../../search/machine-config.js'
import { replay } from '../../search/simulator.js'
import { raceActions, raceSetup, runOf, simulatorOf } from '../../search/testing/race.js'
import { record, type Trace } from '../../search/trace.js'
import { checkMachine } from '../../search/verdict.js'
import { replayOf } from './replay.js'

const setup = machineConfigSchema.parse(raceSetup)
const run = runOf(raceActions)
const race = record(simulatorOf(raceSetup), setup, run, { property: 'host-survives', seed: 1, why: '' })
const shown = must(replayOf(race, builtIn))
const propertyOf = (name: string) => shown.properties.find((one) => one.name === name)

test('every instruction that takes a step has a line of its own, which names its row, for every design', () => {
  for (const design of allDesigns) {
    for (const { name: driver } of design.drivers) {
      const input = { design: fullName(design), driver, scope: { hotplug: true }, platform: 'linux-7.2' }
      const built = buildMachine(input)
      if (!built.ok) continue
      const { host, machine } = built.value
      const lines: [at: number, row: string][] = []
      listPlans(host, machine, (listed, at) => {
        if ('row' in listed) lines.push([at, listed.row])
        if ('releases' in listed) lines.push([at, 'lock.release'])
      })
      const steps = [...machine.program.code.entries()].filter(([, { op }]) => op === Opcode.Act)
      expect(lines).toEqual(steps.map(([at, { kind }]) => [at, kinds.names[kind]]))
    }
  }
})

describe('the steps of a run', () => {
  test('lead to the line of the plan that names their row, and no other step does', () => {
    for (const [index, { action }] of race.steps.entries()) {
      const kind = kindOf(action.kind)
      const { line } = shown.steps[index] ?? {}
      const isOfPlan = kind !== undefined && relation[kind].by === 'plan'
      expect(line === undefined ? undefined : shown.plan[line]?.[1].split(/[ ,]/)[0]).toBe(
        isOfPlan ? action.kind : undefined,
      )
    }
  })

  test('come to the line that was said to be next', () => {
    const next = [shown.start, ...shown.steps.map((one) => one.next)]
    for (const [index, { line }] of shown.steps.entries()) {
      const vcpu = race.steps[index]?.action.vcpu
      if (line !== undefined) expect(next[index]?.[Number(vcpu)]).toBe(line)
    }
  })

  test('stand beside all else that the model allows there, and nothing more', () => {
    const { machine, state } = simulatorOf(raceSetup)
    for (const [index, code] of run.entries()) {
      const all = enabled(machine, state).map(print)
      const taken = print(race.steps[index]?.action ?? { kind: '' })
      expect(all).toContain(taken)
      const { possible = [] } = shown.steps[index] ?? {}
      expect(possible).toHaveLength(all.length - 1)
      expect(new Set(possible.map((one) => shown.actions[one])).size).toBe(all.length - 1)
      step(machine, state, code)
    }
  })
})

describe('the state of a property', () => {
  test('turns to violated at the step at which a search reports it, with its clause and page', () => {
    const simulator = simulatorOf(raceSetup)
    for (const property of properties) {
      const judged = propertyOf(property.name)
      if (judged?.notApplicable !== undefined) continue
      const { failure, taken } = replay(simulator, run, property)
      const first = judged?.history.find(({ why }) => why !== undefined)
      const expected =
        failure === undefined ? undefined : { number: taken.length, why: failure.why, rule: failure.rule.id }
      expect(first === undefined ? undefined : { ...first, page: undefined }).toEqual(expected)
    }
    expect(propertyOf('no-private-reach')?.history[0]).toMatchObject({ number: 14, page: 1 })
  })

  test('is not applicable, with the reason, where the machine cannot violate it', () => {
    expect(propertyOf('calls-as-promised')?.notApplicable).toContain('[vtd.invalidation/lazy-mode]')
    expect(propertyOf('sept-protocol')?.notApplicable).toContain('the machine has no secureEpt')
    expect(propertyOf('errors-as-documented')?.notApplicable).toContain('failures=0')
  })

  test('is violated from the step on after which a conversion can no longer end', () => {
    const platform = 'tdx-2026-reading inPlacePinCheck=refuse'
    const config = { design: 'pin-all', driver: 'type1v2', scope: { backing: 'in-place' as const }, platform }
    const [verdict] = must(checkMachine(config, ['conversion-ends'], { seed: 1, runs: 200, length: 80 }))
    const trace = verdict?.trace as Trace
    const { properties: judged, steps } = must(replayOf(trace, builtIn))
    const ends = judged.find(({ name }) => name === 'conversion-ends')
    expect(ends?.history.filter(({ why }) => why === undefined)).toEqual([])
    expect(ends?.history[0]?.number).toBe(trace.steps.length)
    expect(steps).toHaveLength(trace.steps.length + (trace.continuation?.length ?? 0))
  })
})

test('a run that the model does not take as recorded is refused with the reason', () => {
  const steps = race.steps.map((one, at) => (at === 7 ? { ...one, outcome: 'EBUSY' as const } : one))
  const message = (trace: Trace) => {
    const result = replayOf(trace, builtIn)
    return result.ok ? '' : result.problem.message
  }
  expect(message({ ...race, steps })).toContain('ends with ok, the trace recorded EBUSY')
  const header = { ...race.header, setup: { ...setup, design: 'mine' } }
  expect(message({ ...race, header })).toBe('design: unknown name "mine"')
})

test('a guest of many pages names a row of many ways with their number', () => {
  const input = { ...raceSetup, scope: { ...raceSetup.scope, pages: 4096, pagesPerSuperpage: 512 } }
  const large = record(simulatorOf(input), machineConfigSchema.parse(input), run.slice(0, 1), {
    property: 'host-survives',
    seed: 1,
    why: '',
  })
  const { actions, steps } = must(replayOf(large, builtIn))
  const texts = steps[0]?.possible.map((one) => actions[one])
  expect(texts).toContainEqual(expect.stringMatching(/^guest\.convert: up to \d+ ways, which are not listed$/))
  expect(kinds.names).toContain('guest.convert')
})
