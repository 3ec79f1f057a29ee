/** @module-tag long */
import { test } from '@fast-check/vitest'
import fc from 'fast-check'
import { describe, expect, vi } from 'vitest'
import { Arena, type View } from '../base/arena.js'
import { must } from '../base/result.js'
import { kinds, rows } from '../model/actions/relation.js'
import { enabled, isEnabled, step } from '../model/actions/step.js'
import { machineFrom } from '../model/build-machine.js'
import { initialState } from '../model/initial-state.js'
import { type Action, codeLength, decode, encode } from '../model/machine/action.js'
import { architectures } from '../model/machine/architectures/index.js'
import type { Machine } from '../model/machine/machine.js'
import { partNames, withParts } from '../model/machine/parts.js'
import { type PresetName, parsePlatform, presets } from '../model/machine/platform.js'
import { makeScope, type ScopeInput } from '../model/machine/scope.js'
import { frameCount, type State } from '../model/machine/state.js'
import { allDesigns, fullName, hostOf, notApplicable } from './index.js'
import { onDemand4k } from './on-demand-4k.js'

/** A machine as it was drawn, in words, so that a failure can be read. */
const drawn = fc.record({
  design: fc.constantFrom(...allDesigns.map(fullName)),
  driver: fc.nat(3),
  backing: fc.constantFrom('separate', 'in-place'),
  preset: fc.constantFrom(...Object.keys(presets)),
  changes: fc.subarray(['ats=true', 'cachingMode=true', 'coherentPageWalk=false', 'iovaShared=kept', 'drain=writes']),
  pinCheck: fc.constantFrom('refuse', 'none'),
  parts: fc.subarray([...partNames]),
  scope: fc.record({
    guest: fc.constantFrom('cooperative', 'arbitrary'),
    frames: fc.constantFrom('page', 'pool'),
    units: fc.constantFrom(1, 2),
    devices: fc.constantFrom(1, 2),
    trustedDevices: fc.constantFrom(0, 0, 1),
    failures: fc.constantFrom(0, 2),
    calls: fc.constantFrom(false, false, true),
    entryLimit: fc.constantFrom(2, 65_535),
    hotplug: fc.constantFrom(false, false, true),
    lateAts: fc.boolean(),
    processes: fc.boolean(),
    secondContainer: fc.boolean(),
    slotChanges: fc.constantFrom(false, false, true),
    reclaim: fc.boolean(),
    truncations: fc.constantFrom(0, 2),
    regionPages: fc.constantFrom(0, 1),
    noops: fc.boolean(),
    teardownDma: fc.boolean(),
    references: fc.constantFrom(0, 2),
    lasting: fc.boolean(),
    implicit: fc.constantFrom('none', 'own', 'stray', 'both'),
    lockedElsewhere: fc.constantFrom(0, 2),
  }),
})
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never

function build({ design, driver, backing, preset, changes, pinCheck, parts, scope }: Drawn): Machine | undefined {
  const found = allDesigns.find((one) => fullName(one) === design) ?? onDemand4k
  const on = found.drivers[driver % found.drivers.length]
  const { allows } = architectures[presets[preset as PresetName].architecture]
  // What an architecture decides is no choice of the platform.
  const open = changes.filter((change) => !change.startsWith('iovaShared=') || allows.iovaShared.length > 1)
  const text = [preset, ...open, `inPlacePinCheck=${pinCheck}`, 'backings=separate,in-place'].join(' ')
  const platform = must(parsePlatform(text))
  const plugs = scope.trustedDevices > 0 ? { hotplug: false, lateAts: false } : {}
  const input = { pages: 4, pagesPerSuperpage: 2, ...found.scope, ...scope, ...plugs, backing } as ScopeInput
  const made = must(makeScope(input))
  if (notApplicable(found, on, made.backing, platform)) return undefined
  return machineFrom(made, platform, withParts(...parts), hostOf(found, on, platform.architecture))
}
const machine = drawn.filter((one) => build(one) !== undefined)

function open(one: Drawn): Machine {
  const m = build(one)
  if (m === undefined) throw new Error('filtered out')
  return m
}

const choices = fc.array(fc.nat(), { minLength: 1, maxLength: 120 })

/** Takes one enabled action for each choice, and shows each state with what is enabled in it. */
function walk(m: Machine, s: State, chosen: readonly number[], visit: (list: readonly Action[]) => void): void {
  for (const choice of chosen) {
    const list = enabled(m, s)
    visit(list)
    if (list.length === 0) return
    step(m, s, codeOf(list[choice % list.length]))
  }
}

const codeOf = (action: Action): Int32Array => must(encode(kinds, action))

/** The largest value that each view of a state was laid out for. */
function largest(m: Machine): { state: State; most: Map<View, number> } {
  const most = new Map<View, number>()
  const take = vi.spyOn(Arena.prototype, 'take').mockImplementation(function (this: Arena, length, max) {
    const view = original.call(this, length, max)
    most.set(view, max)
    return view
  })
  const state = m.blankState()
  take.mockRestore()
  return { state, most }
}
const original = Arena.prototype.take

describe('every machine', () => {
  test.prop([machine, choices])('takes every enabled action, and no view leaves its range', (one, chosen) => {
    const m = open(one)
    const { state, most } = largest(m)
    state.bytes.set(initialState(m).bytes)
    walk(m, state, chosen, () => {
      for (const [view, max] of most) for (const value of view) if (value > max) expect.unreachable(nameOf(state, view))
    })
  })

  test.prop([machine, choices])('steps the same way from the same state', (one, chosen) => {
    const [m, other] = [open(one), open(one)]
    const [s, t] = [initialState(m), initialState(other)]
    walk(m, s, chosen, (list) => {
      t.bytes.set(s.bytes)
      const code = codeOf(list[chosen[0] % Math.max(1, list.length)] ?? { kind: 'vmm.teardown' })
      if (list.length === 0) return
      const again = m.blankState()
      again.bytes.set(s.bytes)
      expect(step(other, t, code)).toBe(step(m, again, code))
      expect(t.bytes).toEqual(again.bytes)
    })
  })

  test.prop([machine, choices], { numRuns: 15 })(
    'lists each enabled action once, and asks nothing else',
    (one, chosen) => {
      const m = open(one)
      const s = initialState(m)
      const scratch = new Int32Array(codeLength)
      const all = everyCode(m)
      walk(m, s, chosen.slice(0, 15), (list) => {
        const listed = new Set(list.map((action) => codeOf(action).join()))
        expect(listed.size).toBe(list.length)
        for (const code of all) {
          if (isEnabled(m, s, code, scratch) !== listed.has(code.join())) expect.unreachable(describeCode(code))
        }
      })
    },
  )

  test.prop([machine, choices], { numRuns: 15 })('has among its candidates all that is possible', (one, chosen) => {
    const m = open(one)
    const s = initialState(m)
    const all = everyCode(m).filter((code) => isFree(code[0]))
    walk(m, s, chosen.slice(0, 15), (list) => {
      if (s.hostDead[0] === 1) return
      const listed = new Set(list.map((action) => codeOf(action).join()))
      for (const code of all)
        if (isPossible(m, s, code) && !listed.has(code.join())) expect.unreachable(describeCode(code))
    })
  })
})

const nameOf = (s: State, view: View) => Object.keys(s).find((name) => s[name as keyof State] === view) ?? '?'
const describeCode = (code: Int32Array) => JSON.stringify(decode(kinds, code))

/** Rows whose parameters are bounded by what there is. The size of a request and what fails next are choices. */
const isFree = (kind: number) =>
  rows[kind].by === 'environment' && !rows[kind].parameters.includes('count') && !rows[kind].parameters.includes('what')

function isPossible(m: Machine, s: State, code: Int32Array): boolean {
  const row = rows[code[0]]
  if (row.by !== 'environment' || !m.environment.includes(code[0])) return false
  return row.candidates(m, s) > 0 && row.possible(m, s, code)
}

const slots = (m: Machine, kind: number) => {
  const row = rows[kind]
  return row.by === 'environment' ? row.candidates(m, m.blankState()) : 0
}

/** How many values a parameter has on a machine. */
function range(m: Machine, kind: number, name: string): number {
  const { pages, units, devices, vcpus } = m.scope
  const sizes: Readonly<Record<string, number>> = {
    vcpu: vcpus,
    gfn: pages,
    iovfn: pages,
    count: pages + 1,
    unit: units,
    device: devices,
    domain: m.domains,
    slot: slots(m, kind),
    frame: frameCount(m.scope),
    permissions: 5,
    flaw: 6,
    what: 6,
    lock: 4,
  }
  return sizes[name] ?? 2
}

/** Every code of every row, over the ranges of its parameters; of a row with very many, evenly spread ones. */
function everyCode(m: Machine): Int32Array[] {
  return kinds.parameters.flatMap((names, kind) => {
    const total = names.reduce((product, name) => product * range(m, kind, name), 1)
    const stride = Math.ceil(total / 300)
    return Array.from({ length: Math.ceil(total / stride) }, (_, index) => {
      let rest = index * stride
      const code = new Int32Array(codeLength)
      code[0] = kind
      for (const [at, name] of names.entries()) {
        code[at + 1] = rest % range(m, kind, name)
        rest = Math.floor(rest / range(m, kind, name))
      }
      return code
    })
  })
}
