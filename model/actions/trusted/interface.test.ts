import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import type { GuestMistake } from '../../machine/machine.js'
import { withParts } from '../../machine/parts.js'
import { type PresetName, presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { Dma, Dmar, Tdisp } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { isBound, isLocked } from './interface.js'

/** A guest of private pages with a device whose interface is unlocked, under a host that does nothing of its own. */
function guest(preset: PresetName = 'sev-snp', guestMistake?: GuestMistake): ManualMachine {
  const scope = must(makeScope({ start: 'private', trustedDevices: 1, interfaceLife: true }))
  const host = { ...idleHost, ...(guestMistake === undefined ? {} : { guestMistake }) }
  return new ManualMachine(machineFrom(scope, presets[preset], withParts('secureEpt', 'content'), host))
}

const to = (stage: string) => `tdisp.${stage} device=0`
const stages = ['lock', 'verify', 'run', 'change', 'stop'] as const
const possible = (m: ManualMachine) => stages.filter((stage) => m.can(to(stage)))
const issue = 'tdi.issue-dma device=0 gfn=1 access=write to=private'
const enable = {
  'sev-snp': 'snp.enable-dma device=0',
  'arm-cca': 'rsi.vdev-dma-enable device=0',
  'riscv-cove': 'cove.enable-translation device=0',
}

describe('the interface of a device', () => {
  test('is locked, verified, run and stopped in this order, and is to be verified again after that', () => {
    const snp = guest()
    const seen = [possible(snp)]
    for (const stage of ['lock', 'verify', 'run', 'stop']) {
      snp.take(to(stage))
      seen.push(possible(snp))
    }
    expect(seen).toEqual([
      ['lock'],
      ['verify', 'change', 'stop'],
      ['run', 'change', 'stop'],
      ['change', 'stop'],
      ['lock'],
    ])
    expect(snp.state.attested[0]).toBe(0)
  })

  test('is in error once its configuration is changed, and leaves that by a stop alone', () => {
    const snp = guest()
    for (const stage of ['lock', 'verify', 'change']) snp.take(to(stage))
    expect([snp.state.tdisp[0], possible(snp)]).toEqual([Tdisp.Error, ['stop']])
  })

  test('issues DMA only while it runs, once it is verified; before that the device may be any', () => {
    const snp = guest()
    const may = [snp.can(issue)]
    for (const stage of ['lock', 'verify', 'run', 'change']) {
      snp.take(to(stage))
      may.push(snp.can(issue))
    }
    expect(may).toEqual([true, true, false, true, false])
  })

  test('stays as it is once the guest is dead', () => {
    const snp = guest()
    snp.state.tdDead[0] = 1
    expect(possible(snp)).toEqual([])
  })

  test('is stopped once its DMA is done', () => {
    const snp = guest()
    for (const step of [to('lock'), issue]) snp.take(step)
    expect(snp.can(to('stop'))).toBe(false)
    snp.take('tdi.walk-host-table device=0 keep=none')
    expect([snp.state.dma[0], snp.can(to('stop'))]).toEqual([Dma.Idle, true])
  })
})

describe.each(['sev-snp', 'arm-cca', 'riscv-cove'] as const)('on %s a device', (preset) => {
  test('reaches private memory once it runs and the guest has enabled it', () => {
    const m = guest(preset)
    const may = ['lock', 'verify', 'run'].map((stage) => {
      m.take(to(stage))
      return m.can(enable[preset])
    })
    expect([may, m.take(enable[preset]), m.state.dmar[0]]).toEqual([[false, false, true], 'ok', Dmar.Present])
  })
})

test('interfaces have a life only where devices are trusted', () => {
  expect(makeScope({ interfaceLife: true })).toMatchObject({
    ok: false,
    problem: { message: 'scope.interfaceLife: found true, expected false, with trustedDevices=0' },
  })
})

test('on SEV-SNP the firmware refuses an entry for an interface that is not locked, and no other', () => {
  const snp = guest('sev-snp', 'enables-unverified')
  expect(snp.take(enable['sev-snp'])).toBe('SDTE_WRITE_TDI_NOT_BOUND')
  snp.take(to('lock'))
  expect(snp.take(enable['sev-snp'])).toBe('ok')
})

test('on Arm CCA the RMM refuses to enable what does not run, or is not verified', () => {
  const cca = guest('arm-cca', 'enables-unverified')
  const says = [cca.take(enable['arm-cca'])]
  for (const stage of ['lock', 'run']) {
    cca.take(to(stage))
    says.push(cca.take(enable['arm-cca']))
  }
  expect(says).toEqual(['RSI_ERROR_DEVICE', 'RSI_ERROR_DEVICE', 'RSI_ERROR_DEVICE'])
})

test('on RISC-V the TSM enables no device that does not run, and does not see whether the guest verified it', () => {
  const cove = guest('riscv-cove', 'enables-unverified')
  const says = [cove.take(enable['riscv-cove'])]
  for (const stage of ['lock', 'run']) {
    cove.take(to(stage))
    says.push(cove.take(enable['riscv-cove']))
  }
  expect(says).toEqual(['SBI_ERR_FAILED', 'SBI_ERR_FAILED', 'ok'])
})

test('a guest of SEV-SNP disables its device before it stops it; the RMM and the TSM do so by themselves', () => {
  const mayStop = (preset: keyof typeof enable, mistake?: GuestMistake) => {
    const m = guest(preset, mistake)
    for (const stage of ['lock', 'verify', 'run']) m.take(to(stage))
    m.take(enable[preset])
    return m
  }
  expect([mayStop('sev-snp').can(to('stop')), mayStop('sev-snp', 'stops-enabled').can(to('stop'))]).toEqual([
    false,
    true,
  ])
  const snp = mayStop('sev-snp')
  snp.take('snp.disable-dma device=0')
  const others = (['arm-cca', 'riscv-cove'] as const).map((preset) => {
    const m = mayStop(preset)
    m.take(to('stop'))
    return m.state.dmar[0]
  })
  expect([snp.can(to('stop')), others]).toEqual([true, [Dmar.Free, Dmar.Free]])
})

test('on RISC-V, an unbind taken apart, the TSM disables the device once it is stopped, and not before', () => {
  const cove = guest('riscv-cove', 'stops-enabled')
  for (const stage of ['lock', 'verify', 'run']) cove.take(to(stage))
  cove.take(enable['riscv-cove'])
  const disable = 'cove.disable-translation device=0'
  const early = cove.can(disable)
  cove.take(to('stop'))
  expect([early, cove.state.dmar[0], cove.take(disable), cove.state.dmar[0]]).toEqual([
    false,
    Dmar.Present,
    'ok',
    Dmar.Free,
  ])
})

test('on TDX Connect the guest accepts an entry only for an interface that is locked or runs', () => {
  const tdx = guest('tdx-connect', 'enables-unverified')
  const accept = 'tdg.dmar.accept-entry vcpu=0 device=0'
  tdx.force('tdh.dmar.add-entry vcpu=0 device=0')
  expect(tdx.take(accept)).toBe('TDX_DEVIF_TDISP_INVALID_STATE')
  for (const stage of ['lock', 'run']) tdx.take(to(stage))
  expect(tdx.take(accept)).toBe('ok')
})

test('a guest stops an interface that its device can still use on Arm CCA alone, where the RMM ends that use', () => {
  const stops = (['sev-snp', 'arm-cca'] as const).map((preset) => {
    const m = guest(preset)
    for (const step of [to('lock'), to('verify'), to('run'), enable[preset]]) m.take(step)
    return [m.can(to('stop')), m.state.dmar[0]]
  })
  expect(stops).toEqual([
    [false, Dmar.Present],
    [true, Dmar.Present],
  ])
  const cca = guest('arm-cca')
  for (const step of [to('lock'), to('verify'), to('run'), enable['arm-cca'], to('stop')]) cca.take(step)
  expect(cca.state.dmar[0]).toBe(Dmar.Free)
})

test('an interface is locked while it is locked or runs, bound unless it is unlocked, and both without a life', () => {
  const { state } = guest()
  const said = Object.entries(Tdisp).map(([name, stage]) => {
    state.tdisp[0] = stage
    return [name, isLocked(state, 0), isBound(state, 0)]
  })
  expect(said).toEqual([
    ['Unlocked', false, false],
    ['Locked', true, true],
    ['Run', true, true],
    ['Error', false, true],
  ])
  const scope = must(makeScope({ start: 'private', trustedDevices: 1 }))
  const plain = new ManualMachine(machineFrom(scope, presets['sev-snp'], withParts('secureEpt'), idleHost))
  expect([isLocked(plain.state, 0), isBound(plain.state, 0)]).toEqual([true, true])
})
