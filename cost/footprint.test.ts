import { expect, test } from 'vitest'
import { Prng } from '../base/prng.js'
import { designs, fullName } from '../designs/index.js'
import { kinds } from '../model/actions/relation.js'
import { step } from '../model/actions/step.js'
import { initialState } from '../model/initial-state.js'
import { codeLength } from '../model/machine/action.js'
import { buildMachine } from '../search/machine-config.js'
import { RandomScheduler } from '../search/random/scheduler.js'
import { Footprint } from './footprint.js'

const seed = Number(process.env.DMAPROOF_SEED ?? 1)

const figures = ({ doublyHeld, unreachable, leafTables, upperTables }: Footprint) =>
  [doublyHeld, unreachable, leafTables, upperTables].join()

test('what a footprint keeps up to date is what it counts anew, after each step of every driver', () => {
  const dice = new Prng(seed)
  const changed = new Set<string>()
  for (const design of designs) {
    for (const driver of design.drivers) {
      const scope = { ...design.scope, pages: 4, pagesPerSuperpage: 2, devices: 1 }
      const built = buildMachine({ design: fullName(design), driver: driver.name, platform: 'linux-7.2', scope })
      if (!built.ok) continue
      const m = built.value.machine
      const s = initialState(m)
      const footprint = new Footprint(m, s)
      const draw = new RandomScheduler(m, dice, 'biased')
      const a = new Int32Array(codeLength)
      for (let taken = 0; taken < 300 && draw.next(s, a); taken += 1) {
        const before = figures(footprint)
        step(m, s, a)
        footprint.update(a[0])
        const [kept, anew] = [figures(footprint), figures(new Footprint(m, s))]
        const after = kinds.names[a[0]]
        if (kept !== anew) expect({ seed, design: fullName(design), driver: driver.name, after, kept }).toBe(anew)
        if (kept !== before) changed.add(after)
      }
    }
  }
  expect([...changed]).toEqual(expect.arrayContaining(['iommu.write-entry', 'iommu.clear-entry', 'kvm.set-attributes']))
})
