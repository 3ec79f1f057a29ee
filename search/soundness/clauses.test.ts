import { expect, test } from 'vitest'
import { Prng } from '../../base/prng.js'
import { designs, fullName } from '../../designs/index.js'
import { step } from '../../model/actions/step.js'
import { codeLength } from '../../model/machine/action.js'
import type { Machine } from '../../model/machine/machine.js'
import type { State } from '../../model/machine/state.js'
import { accountsBalance } from '../../properties/accounts.js'
import { type Property, properties } from '../../properties/index.js'
import { buildMachine } from '../machine-config.js'
import { RandomScheduler } from '../random/scheduler.js'
import { Simulator } from '../simulator.js'
import { accountViews, lockViews } from '../step-subject.js'

const seed = Number(process.env.DMAPROOF_SEED ?? 1)

function simulatorOf(name: string, failures: number): Simulator {
  const design = designs.find((known) => fullName(known) === name)
  const opened = buildMachine({
    design: name,
    driver: design?.drivers[0]?.name ?? '',
    platform: 'tdx-2021-reading',
    scope: { ...design?.scope, failures, backing: design?.backings.at(-1) ?? 'separate' },
    parts: ['secureEpt', 'content', 'faultCount', 'hostAccess'],
  })
  if (!opened.ok) throw new Error(opened.problem.message)
  return new Simulator(opened.value.machine)
}

test('a property holds exactly where all of its clauses do, on designs with and without faults', () => {
  const names = ['pin-all', 'on-demand-superpage', 'deferred-flush', 'attributes-first', 'mirror-guest-memfd']
  const prng = new Prng(seed)
  const failed = new Set<string>()
  for (const simulator of names.flatMap((name) => [simulatorOf(name, 0), simulatorOf(name, 2)])) {
    const { machine: m, state: s } = simulator
    const draw = new RandomScheduler(m, prng, 'biased')
    const a = new Int32Array(codeLength)
    for (let run = 0; run < 30; run += 1) {
      simulator.reset()
      for (let taken = 0; taken < 120 && draw.next(s, a); taken += 1) {
        step(m, s, a)
        for (const { name, clauses, holdsAt, holdsIn, holdsAfter } of properties) {
          const after = clauses.every((clause) => clause.holdsAfter?.(m, s) ?? true)
          if (after !== (holdsAfter?.(m, s) ?? true))
            expect({ seed, name, after }).toEqual({ seed, name, after: !after })
          const whole = clauses.every((clause) => clause.holdsIn?.(m, s) ?? true)
          if (whole !== (holdsIn?.(m, s) ?? true)) expect({ seed, name, whole }).toEqual({ seed, name, whole: !whole })
          if (!after || !whole) failed.add(name)
          for (let gfn = 0; gfn < m.pages; gfn += 1) {
            const at = clauses.every((clause) => clause.holdsAt?.(m, s, gfn) ?? true)
            if (at !== (holdsAt?.(m, s, gfn) ?? true))
              expect({ seed, name, gfn, at }).toEqual({ seed, name, gfn, at: !at })
            if (!at) failed.add(name)
          }
        }
      }
    }
  }
  expect([...failed]).toEqual(expect.arrayContaining(['no-private-reach', 'no-stale-frame']))
})

/** The locks and accounts that a property asks for in a state, whatever it answers. */
function accountsRead(
  { clauses, holdsAt, holdsIn, holdsAfter, witnessBits }: Property,
  m: Machine,
  s: State,
): string[] {
  const views: readonly PropertyKey[] = [...lockViews, ...accountViews]
  const read = new Set<string>()
  const watched = new Proxy(s, {
    get(state, name) {
      if (views.includes(name)) read.add(String(name))
      return Reflect.get(state, name, state)
    },
  })
  for (const asked of [...clauses, { holdsAt, holdsIn, holdsAfter }]) {
    asked.holdsAfter?.(m, watched)
    asked.holdsIn?.(m, watched)
    for (let gfn = 0; gfn < m.pages; gfn += 1) asked.holdsAt?.(m, watched, gfn)
  }
  witnessBits(m, watched)
  return [...read]
}

test('a property that says that it ignores locks and accounts reads none, whatever the state', () => {
  const ignoring = properties.filter(({ ignoresAccounts }) => ignoresAccounts === true)
  expect(ignoring.length).toBeGreaterThan(5)
  const prng = new Prng(seed)
  const read = new Map<string, ReadonlySet<string>>()
  for (const name of ['pin-all', 'on-demand-superpage', 'deferred-flush', 'mirror-guest-memfd']) {
    const simulator = simulatorOf(name, 2)
    const { machine: m, state: s } = simulator
    const draw = new RandomScheduler(m, prng, 'biased')
    const a = new Int32Array(codeLength)
    for (let run = 0; run < 4; run += 1) {
      simulator.reset()
      for (let taken = 0; taken < 120 && draw.next(s, a); taken += 1) {
        step(m, s, a)
        for (const property of [...ignoring, accountsBalance]) {
          const views = new Set([...(read.get(property.name) ?? []), ...accountsRead(property, m, s)])
          if (views.size > 0) read.set(property.name, views)
        }
      }
    }
  }
  expect({ seed, found: [...read.keys()].sort() }).toEqual({ seed, found: ['accounts-balance'] })
})
