import { expect, test } from 'vitest'
import { must } from '../../../../base/result.js'
import { machineFrom } from '../../../build-machine.js'
import { noParts } from '../../../machine/parts.js'
import { presets } from '../../../machine/platform.js'
import { makeScope } from '../../../machine/scope.js'
import { Table } from '../../../machine/state.js'
import { idleHost } from '../../../plan/idle-host.js'
import { ManualMachine } from '../../../testing/manual-machine.js'
import { kindIndex, kindOf, kinds, rows } from '../../relation.js'
import { queueIsFull } from './queue-state.js'

/** Two units, each with a device; the second unit's queue is full. */
function machine(): ManualMachine {
  const made = machineFrom(must(makeScope({ devices: 2, units: 2 })), presets['linux-7.2'], noParts, idleHost)
  const hand = new ManualMachine(made)
  for (let count = 0; !queueIsFull(made, hand.state, 1); count += 1) {
    if (count > 100) throw new Error('the queue never fills')
    hand.force('iommu.submit-global vcpu=0 unit=1')
  }
  return hand
}

const submits = kinds.names.filter((name) => name.startsWith('iommu.submit-'))

test('there are descriptors for entries, domains, devices, contexts, and all', () => {
  expect(submits.length).toBeGreaterThanOrEqual(5)
})

test.each(submits)('%s waits while the queue of its unit is full, and for no other queue', (name) => {
  const { machine: m, state: s } = machine()
  const kind = kindOf(name)
  const row = kind === undefined ? undefined : rows[kindIndex(kind)]
  if (kind === undefined || row?.by !== 'plan') throw new Error(`${name} is no step of a plan`)
  const ready = (which: number) => {
    const names = kinds.parameters[kindIndex(kind)] ?? []
    const given = names.map((one) => (one === 'unit' || one === 'device' ? which : 0))
    return row.ready?.(m, s, Int32Array.of(kindIndex(kind), ...given, 0, 0, 0))
  }
  expect([ready(0), ready(1)]).toEqual([true, false])
})

test('the timer of lazy mode frees the tables of its own domain, and of no other', () => {
  const host = { ...idleHost, domains: 2 }
  const hand = new ManualMachine(machineFrom(must(makeScope({})), presets['linux-7.2'], noParts, host))
  const { machine: m, state: s } = hand
  s.table.fill(Table.Unlinked)
  s.deferred[0] = 1
  hand.take('iommu.flush-deferred domain=0')
  const ofDomain = m.regions * 2
  expect(new Set(s.table.subarray(0, ofDomain))).toEqual(new Set([Table.Free]))
  expect(new Set(s.table.subarray(ofDomain))).toEqual(new Set([Table.Unlinked]))
})
