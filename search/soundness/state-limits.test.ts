import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { sameState } from '../../checker/path.js'
import { randomWalk } from '../../checker/random-walk.js'
import { designs } from '../../designs/index.js'
import { relation } from '../../model/actions/relation.js'
import type { Machine } from '../../model/machine/machine.js'
import type { State } from '../../model/machine/state.js'
import { configurations } from '../check/configurations.js'
import { machineIn } from '../check/machines.js'
import { ModelSystem } from '../exhaustive/model-system.js'
import { buildMachine, type MachineConfigInput, setupText } from '../machine-config.js'
import { machines } from '../testing/coverage-machines.js'

/** Packs every state of a walk, which throws if a byte has a bit beyond what its field's largest value needs. */
class Packed extends ModelSystem {
  private readonly packed = new Int32Array(this.packing.length)
  private readonly back = new Int32Array(this.words.length)
  states = 0

  override judge(): number {
    this.packing.pack(this.words, this.packed, 0)
    this.packing.unpack(this.packed, 0, this.back)
    if (!sameState(this.back, this.words)) expect(this.back).toEqual(this.words)
    this.states += 1
    return 0
  }
}

/** Every configuration of `check`, for every design with its first driver. */
const configured = (): MachineConfigInput[] =>
  designs.flatMap((design) => {
    const { drivers, backings } = design
    const question = { design, driver: drivers[0].name, backing: backings[0], scope: {}, parts: [] }
    return configurations.flatMap((one) => {
      const asked = { ...question, platform: 'tdx-2021-reading', properties: ['no-stale-frame', 'single-backing'] }
      return machineIn(asked, one)?.setup ?? []
    })
  })

test('no field of a state ever holds more than it says it does: a packed state is read back as it was', {
  tags: 'long',
  timeout: 300_000,
}, () => {
  const setups = new Map([...machines(), ...configured()].map((setup) => [setupText(setup), setup]))
  expect(setups.size).toBeGreaterThan(300)
  for (const [text, setup] of setups) {
    const system = new Packed(must(buildMachine(setup)).machine, [])
    expect(system.packing.isPlain, text).toBe(false) // a plain state would be read back whatever its fields say
    randomWalk(system, { seed: 11, runs: 2, length: 50 })
    expect(system.states, text).toBeGreaterThan(20)
  }
})

test('a charge that a wrong unpin never takes back has room, so that what it breaks is a verdict', () => {
  const scope = { calls: true, processes: true, pages: 2, pagesPerSuperpage: 2, vcpus: 1, devices: 1 }
  const { machine } = must(
    buildMachine({ design: 'on-demand-4k', driver: 'type1v2', platform: 'tdx-2021-reading', scope }),
  )
  const row = relation['mm.unpin-page'] as { apply: (m: Machine, s: State, a: Int32Array) => void }
  const { apply } = row
  row.apply = (m, s, a) => {
    const before = s.lockedBy[0]
    apply(m, s, a)
    s.lockedBy[0] = before
  }
  try {
    const system = new Packed(machine, [])
    randomWalk(system, { seed: 3, runs: 1, length: 2000 })
    expect(system.states).toBe(2000)
    expect(system.state.lockedBy[0]).toBeGreaterThan(machine.pages)
  } finally {
    row.apply = apply
  }
})
