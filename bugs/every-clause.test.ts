import { describe, expect, test } from 'vitest'
import { Prng } from '../base/prng.js'
import { must } from '../base/result.js'
import { type Design, findDesign } from '../designs/index.js'
import { step } from '../model/actions/step.js'
import { codeLength } from '../model/machine/action.js'
import { properties } from '../properties/index.js'
import type { Clause, Property } from '../properties/property.js'
import { builtIn, type Catalogue, withDesigns } from '../search/catalogue/catalogue.js'
import { machineIn } from '../search/check/machines.js'
import { buildMachine, type MachineConfigInput } from '../search/machine-config.js'
import { RandomScheduler } from '../search/random/scheduler.js'
import { endFailure, Simulator } from '../search/simulator.js'
import { planted } from './bug.js'
import { configurationOf, huntQuestion } from './hunt.js'
import { bugs } from './index.js'
import { type ClauseFault, defaultPlatform, ways } from './testing/clause-faults.js'

interface Opened {
  readonly setup: MachineConfigInput
  readonly catalogue: Catalogue
}

function openBug(id: string): Opened {
  const found = bugs.find((known) => known.id === id)
  if (found === undefined) throw new Error(`the museum has no ${id}`)
  const subject = planted(found)
  const machine = machineIn(huntQuestion(found, subject, [found.breaks]), configurationOf(found))
  if (machine === undefined) throw new Error(`${found.breaks} is not judged for ${id}`)
  return { setup: machine.setup, catalogue: withDesigns(subject.design) }
}

function open({
  design: name,
  driver: named,
  changes = [],
  scope,
  platform = defaultPlatform,
  parts = [],
}: ClauseFault): Opened {
  const found = findDesign(name)
  const driver = named === undefined ? found?.drivers[0] : found?.drivers.find((known) => known.name === named)
  if (found === undefined || driver === undefined) throw new Error(`no design ${name} with driver ${named}`)
  const subject = changes.reduce((before, change) => change.apply(before), { design: found, driver })
  const own: Design = { ...subject.design, variant: 'planted', drivers: [subject.driver] }
  const setup = { driver: driver.name, scope: { pages: 2, ...found.scope, ...scope }, platform, parts: [...parts] }
  if (changes.length === 0) return { setup: { ...setup, design: name }, catalogue: builtIn }
  return { setup: { ...setup, design: `${found.name}/planted` }, catalogue: withDesigns(own) }
}

/** Whether a clause fails in a state of some random run, or at its end. */
function isBroken(
  property: Property,
  { holdsAt, holdsIn, holdsAfter, rule }: Clause,
  { setup, catalogue }: Opened,
): boolean {
  const simulator = new Simulator(must(buildMachine(setup, catalogue)).machine)
  const { machine: m, state: s } = simulator
  const pages = Array.from({ length: m.pages }, (_, gfn) => gfn)
  const prng = new Prng(1)
  const draw = new RandomScheduler(m, prng, 'biased')
  const a = new Int32Array(codeLength)
  for (let run = 1; run <= 600; run += 1) {
    prng.reseed(run)
    simulator.reset()
    for (let taken = 0; taken < 120 && draw.next(s, a); taken += 1) {
      step(m, s, a)
      if (holdsAfter?.(m, s) === false || holdsIn?.(m, s) === false) return true
      if (pages.some((gfn) => holdsAt?.(m, s, gfn) === false)) return true
    }
    const isOfEnds = holdsAt === undefined && holdsIn === undefined && holdsAfter === undefined
    if (isOfEnds && endFailure(simulator, property)?.rule === rule) return true
  }
  return false
}

describe.each(properties.map((property) => [property.name, property] as const))('%s', (name, property) => {
  const known = ways[name] ?? []

  test('has a fault, or a reason why no plan breaks it, for each of its clauses', () => {
    expect(known.length).toBe(property.clauses.length)
  })

  test.each(
    property.clauses.flatMap((clause, at) => {
      const way = known[at]
      return way === undefined || 'never' in way ? [] : [[`${at + 1}: ${clause.rule.id}`, clause, way] as const]
    }),
  )('clause %s breaks by its fault', (_, clause, way) => {
    expect(isBroken(property, clause, 'bug' in way ? openBug(way.bug) : open(way))).toBe(true)
  })
})
