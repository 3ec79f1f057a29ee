import { describe, expect, test } from 'vitest'
import { DmaEnd } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
import { Dma, type State } from '../model/machine/state.js'
import { blockedIsRecorded } from './errors.js'
import { type Breach, judges, type Near, type Unlike, witnessOf } from './testing/by-hand.js'

describe('blocked-is-recorded', () => {
  const two: Unlike = { parts: ['faultCount'], scope: { devices: 2, units: 2 } }
  const blocked =
    (recorded: number, spoil: (s: State) => unknown = () => undefined) =>
    (m: Machine, s: State) => {
      Object.assign(m.event, { dma: DmaEnd.Blocked, device: 1, gfn: 2, recorded })
      spoil(s)
    }
  const untraced = 'vtd.faults/recorded: the fault of device 1 at page 2 left no trace'
  const counted = (unit: number) => (s: State) => s.faults.fill(1, unit, unit + 1)
  const overflowed = (unit: number) => (s: State) => s.overflow.fill(1, unit, unit + 1)
  const breaches: readonly Breach[] = [
    { that: 'no record is written', on: two, spoil: blocked(0, counted(1)), breaks: untraced },
    { that: 'no record is in use', on: two, spoil: blocked(1), breaks: untraced },
    { that: 'the record is of another unit', on: two, spoil: blocked(1, counted(0)), breaks: untraced },
    { that: 'the overflow is of another unit', on: two, spoil: blocked(1, overflowed(0)), breaks: untraced },
    {
      that: 'the DMA continues',
      on: two,
      spoil: blocked(-1, (s) => s.dma.fill(Dma.Issued, 1)),
      breaks: 'vtd.faults/blocked-never-completes: the DMA of device 1 at page 2 is blocked, and continues',
    },
  ]
  const near: readonly Near[] = [
    { that: 'a record is written', on: two, spoil: blocked(1, counted(1)) },
    { that: 'the overflow is set', on: two, spoil: blocked(1, overflowed(1)) },
    { that: 'a rule suppresses the record', on: two, spoil: blocked(-1) },
    { that: 'another DMA continues', on: two, spoil: blocked(-1, (s) => s.dma.fill(Dma.Issued, 0, 1)) },
    {
      that: 'a DMA is done',
      on: two,
      spoil: (m) => Object.assign(m.event, { dma: DmaEnd.Done, device: 1, recorded: 0 }),
    },
  ]
  judges(blockedIsRecorded, breaches, near)

  test('is witnessed by a DMA that is blocked', () => {
    expect(witnessOf(blockedIsRecorded, two, blocked(-1))).toBe(blockedIsRecorded.fullWitness)
    expect(witnessOf(blockedIsRecorded, two, (m) => Object.assign(m.event, { dma: DmaEnd.Done }))).toBe(0)
  })
})
