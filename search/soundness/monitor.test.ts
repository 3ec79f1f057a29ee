import { expect, test } from 'vitest'
import { Prng } from '../../base/prng.js'
import { designs, fullName } from '../../designs/index.js'
import { step } from '../../model/actions/step.js'
import { initialState } from '../../model/initial-state.js'
import { codeLength } from '../../model/machine/action.js'
import type { Machine } from '../../model/machine/machine.js'
import type { State } from '../../model/machine/state.js'
import { failureOf } from '../../properties/failure.js'
import { properties } from '../../properties/index.js'
import { Monitor } from '../../properties/monitor.js'
import { buildMachine } from '../machine-config.js'
import { RandomScheduler } from '../random/scheduler.js'

const seed = Number(process.env.DMAPROOF_SEED ?? 1)

function machineOf(name: string, failures: number): Machine {
  const design = designs.find((known) => fullName(known) === name)
  const opened = buildMachine({
    design: name,
    driver: design?.drivers[0]?.name ?? '',
    platform: 'tdx-2021-reading',
    scope: { ...design?.scope, failures },
    parts: ['secureEpt', 'content', 'faultCount', 'hostAccess'],
  })
  if (!opened.ok) throw new Error(opened.problem.message)
  return opened.value.machine
}

/** Takes random steps, and shows each to the visitor. */
function walk(m: Machine, prng: Prng, steps: number, visit: (s: State) => void): void {
  const draw = new RandomScheduler(m, prng, 'biased')
  const a = new Int32Array(codeLength)
  const s = initialState(m)
  for (let taken = 0; taken < steps && draw.next(s, a); taken += 1) {
    step(m, s, a)
    visit(s)
  }
}

const bits = (holds: readonly boolean[]): number => holds.reduce((set, one, index) => set | (one ? 0 : 1 << index), 0)

/** What each property that makes sense there says of the last step, and of the pages that it touched. */
function plainly(m: Machine, s: State): number[] {
  const { mask } = m.touched
  const pages = Array.from({ length: m.pages }, (_, gfn) => gfn)
  const touched = pages.filter((gfn) => mask === -1 || ((mask >>> gfn) & 1) === 1)
  return [
    bits(properties.map(({ holdsAfter, notOn }) => notOn?.(m) !== undefined || (holdsAfter?.(m, s) ?? true))),
    bits(
      properties.map(
        ({ holdsAt, holdsIn, notOn }) =>
          notOn?.(m) !== undefined ||
          ((holdsIn?.(m, s) ?? true) && touched.every((gfn) => holdsAt?.(m, s, gfn) ?? true)),
      ),
    ),
  ]
}

test('a judge of steps, and the failure of one property, say of each step what each property says', () => {
  const names = ['pin-all', 'on-demand-superpage', 'deferred-flush', 'attributes-first']
  const prng = new Prng(seed)
  let [after, at] = [0, 0]
  for (const m of names.flatMap((name) => [machineOf(name, 0), machineOf(name, 2)])) {
    const judge = new Monitor(m, properties)
    for (let run = 0; run < 40; run += 1) {
      walk(m, prng, 120, (s) => {
        const wanted = plainly(m, s)
        const found = [judge.failsAfter(m, s), judge.failsIn(m, s, m.touched.mask)]
        if (found.join() !== wanted.join()) expect({ seed, found }).toEqual({ seed, found: wanted })
        const together = judge.fails(m, s)
        if (together !== ((wanted[0] ?? 0) | (wanted[1] ?? 0))) expect({ seed, together }).toEqual({ seed, wanted })
        const oneByOne = bits(properties.map((one) => one.notOn?.(m) !== undefined || !failureOf(m, s, one)))
        if (together !== oneByOne) expect({ seed, together }).toEqual({ seed, together: oneByOne })
        after |= wanted[0] ?? 0
        at |= wanted[1] ?? 0
      })
    }
  }
  expect({ seed, after: after !== 0, at: at !== 0 }).toEqual({ seed, after: true, at: true })
})

test('a search that judges states when they are new sees the witness that each property sees after each step', () => {
  const prng = new Prng(seed)
  for (const m of ['on-demand-4k', 'pin-all', 'attributes-first'].flatMap((name) => [
    machineOf(name, 0),
    machineOf(name, 1),
  ])) {
    const judge = new Monitor(m, properties)
    const plain = new Int32Array(properties.length)
    const known = new Set<string>()
    for (let run = 0; run < 40; run += 1) {
      walk(m, prng, 120, (s) => {
        for (const [index, property] of properties.entries()) {
          if (plain[index] !== property.fullWitness) plain[index] |= property.witnessBits(m, s)
        }
        judge.failsAfter(m, s)
        const key = Buffer.from(s.bytes).toString('latin1')
        m.event.clear()
        if (!known.has(key)) judge.failsIn(m, s, m.touched.mask)
        known.add(key)
      })
    }
    expect({ seed, seen: [...judge.seen] }).toEqual({ seed, seen: [...plain] })
  }
})
