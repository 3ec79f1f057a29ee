import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { kindIndex, kinds, rows } from '../../../model/actions/relation.js'
import { isBesidePlans } from '../../../model/actions/row.js'
import { initialState } from '../../../model/initial-state.js'
import { Phase } from '../../../model/machine/state.js'
import { buildMachine, type MachineConfigInput } from '../../machine-config.js'
import { WaitingVcpus } from './waiting-vcpus.js'

test('no action beside a running plan moves or ends a plan, and no action of the environment touches a lock', () => {
  const found = kinds.names.filter((_, kind) => {
    const row = rows[kind]
    if (row.by === 'plan') return false
    const moves = row.writes.some((one) => /^(own\.)?(pc|phase)$/.test(one))
    return row.writes.includes('lock') || (moves && isBesidePlans(row))
  })
  expect(found).toEqual([])
})

describe('beside a plan that holds the lock of the VM', () => {
  const vm = 1
  const made = (lock: 'vm' | 'none', more: Partial<MachineConfigInput> = {}) => {
    const setup = { design: 'on-demand-4k', driver: 'type1v2', platform: 'tdx-2021-reading', lock, ...more }
    const { machine } = must(buildMachine({ ...setup, scope: { pages: 2, vcpus: 2, ...more.scope } }))
    const state = machine.blankState()
    initialState(machine, state)
    return { machine, state, waiting: new WaitingVcpus(machine, state) }
  }

  test('an idle vCPU waits, since every plan that it can begin takes that lock first', () => {
    const { state, waiting } = made('vm')
    expect(waiting.allButOne(state, 0, vm)).toBe(true)
    expect(waiting.allButOne(state, 0, 0)).toBe(false)
  })

  test('an idle vCPU does not wait where plans take no such lock, or it can make raw calls', () => {
    const none = made('none')
    expect(none.waiting.allButOne(none.state, 0, vm)).toBe(false)
    const raw = made('vm', { scope: { calls: true } })
    expect(raw.waiting.allButOne(raw.state, 0, vm)).toBe(false)
  })

  test('a vCPU in a plan waits where it is about to take the lock, and nowhere else', () => {
    const { machine, state, waiting } = made('vm')
    state.phase[1] = Phase.Running
    const acquire = kindIndex('lock.acquire')
    const waits = machine.program.code.flatMap(({ kind }, pc) => {
      state.pc[1] = pc
      return waiting.allButOne(state, 0, vm) ? [{ pc, kind }] : []
    })
    expect(waits.length).toBeGreaterThan(1)
    expect(waits.every(({ kind }) => kind === acquire)).toBe(true)
    const container = machine.program.code.findIndex(
      ({ kind }, pc) => kind === acquire && !waits.some((one) => one.pc === pc),
    )
    state.pc[1] = container
    expect([waiting.allButOne(state, 0, vm), waiting.allButOne(state, 0, 2)]).toEqual([false, true])
  })
})
