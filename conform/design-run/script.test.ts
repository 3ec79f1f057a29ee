import { describe, expect, test } from 'vitest'
import { openedFor, scriptOf } from '../testing/design-run.js'
import { withoutConversions, withoutRaces } from './control.js'
import { type PlannedCall, Planner } from './planner.js'
import type { CallPurpose } from './script.js'

const calls = (heard: readonly PlannedCall[]) => heard.map(({ name, first, count }) => `${name} ${first}+${count}`)

describe("a planner makes a design's own calls", () => {
  test('with what its loops find in the state that the calls before left', () => {
    const boot: PlannedCall[] = []
    const planner = new Planner(openedFor('on-demand-superpage'), (call) => boot.push(call))
    expect(calls(boot)).toEqual(['map 0+8', 'map 8+8'])
    const ask = (page: number, to: 'private' | 'shared') => {
      const heard: PlannedCall[] = []
      expect(planner.convert({ page, count: 1, to }, (call) => heard.push(call))).toBe(true)
      return calls(heard)
    }
    expect(ask(2, 'private')).toEqual(['unmap 0+8', 'map 0+2', 'map 3+5', 'set-private 2+1', 'discard-shared 2+1'])
    expect(ask(4, 'private')).toEqual(['unmap 3+5', 'map 3+1', 'map 5+3', 'set-private 4+1', 'discard-shared 4+1'])
    expect(ask(4, 'shared')).toEqual(['set-shared 4+1', 'discard-private 4+1', 'map 4+1'])
  })

  test('superpage by superpage, as the guest is told', () => {
    const planner = new Planner(openedFor('pin-all'), () => undefined)
    const heard: PlannedCall[] = []
    planner.convert({ page: 0, count: 16, to: 'private' }, (call) => heard.push(call))
    expect(calls(heard)).toEqual(['set-private 0+8', 'discard-shared 0+8', 'set-private 8+8', 'discard-shared 8+8'])
  })

  test('and none for a request that its policy refuses', () => {
    const planner = new Planner(openedFor('bounce-pool'), () => undefined)
    const heard: PlannedCall[] = []
    expect(planner.convert({ page: 0, count: 8, to: 'private' }, (call) => heard.push(call))).toBe(false)
    expect(heard).toEqual([])
  })

  test('shared is what the guest was told, and a page in between is neither', () => {
    const planner = new Planner(openedFor('on-demand-4k'), () => undefined)
    const during: string[] = []
    planner.convert({ page: 3, count: 1, to: 'private' }, () => during.push(planner.expects(3), planner.expects(4)))
    expect(new Set(during)).toEqual(new Set(['changing', 'shared']))
    expect([planner.expects(3), planner.isHole(3)]).toEqual(['private', true])
  })
})

describe('a script', () => {
  test.each(['on-demand-superpage', 'on-demand-4k', 'pin-all'])(
    'of %s has a DMA of each device before, between and behind all calls of a plan',
    (name) => {
      const { marks } = scriptOf(name, 5)
      let sinceCall: number[] = []
      const gaps: number[][] = []
      for (const [index, mark] of marks.entries()) {
        if (mark.what === 'call' || mark.what === 'touch') {
          if (sinceCall.length > 0) gaps.push(sinceCall)
          sinceCall = []
        } else if (mark.what === 'dma') sinceCall.push(index)
      }
      expect(gaps.length).toBeGreaterThan(15)
      expect(marks.filter(({ what }) => what === 'call').length).toBeGreaterThan(15)
      for (const gap of gaps) expect([3, 6]).toContain(gap.length)
      expect(consecutiveCalls(marks)).toEqual([])
    },
  )

  test('is the same for the same seed, and another for another', () => {
    const text = (seed: number) =>
      scriptOf('on-demand-4k', seed)
        .requests.map((request) => JSON.stringify(request))
        .join('\n')
    expect(text(3)).toBe(text(3))
    expect(text(3)).not.toBe(text(4))
  })

  test('of a guest that starts private makes it so before the boot', () => {
    const { requests } = scriptOf('bounce-pool', 1)
    expect(requests.slice(0, 2)).toEqual([
      { call: 'set-attributes', page: 0, count: 16, to: 'private' },
      { call: 'punch-hole', page: 0, count: 16 },
    ])
  })

  test('asks nothing of KVM where there is none', () => {
    const { requests } = scriptOf('on-demand-4k', 2, { kvm: false })
    const asked = new Set(requests.map(({ call }) => call))
    expect(asked).toEqual(new Set(['map', 'unmap', 'punch-hole', 'dma-write', 'host-read', 'host-write']))
  })
})

test('the control is the same DMA in the same order, to what is shared from the boot on, and nothing else', () => {
  const script = scriptOf('on-demand-superpage', 7)
  const control = withoutConversions(script)
  const dma = (one: typeof script) => one.requests.filter(({ call }) => call === 'dma-write')
  expect(dma(control)).toEqual(dma(script))
  const boot = script.marks.filter(({ what }) => what === 'boot').length
  expect(new Set(control.requests.slice(boot).map(({ call }) => call))).toEqual(new Set(['dma-write', 'host-read']))
  expect(control.marks.every((mark) => mark.what !== 'dma' || mark.expects === 'shared')).toBe(true)
})

describe('a race', () => {
  test('begins writes to pages that stay shared, makes the calls without a pause, and asks what became', () => {
    const { requests, marks } = scriptOf('on-demand-superpage', 3, { dma: 'during' })
    const begins = marks.flatMap(({ what }, index) => (what === 'begin' ? [index] : []))
    expect(begins.length).toBeGreaterThan(4)
    for (const index of begins) {
      const request = requests[index]
      const end = marks.findIndex(({ what }, at) => at > index && what === 'raced')
      expect(request).toMatchObject({ call: 'dma-begin', ahead: end - index })
      expect(marks.slice(index + 1, end).every(({ what }) => what === 'call')).toBe(true)
      const begin = marks[index]
      const pages = begin?.what === 'begin' ? begin.pages : []
      expect(new Set(pages).size).toBe(pages.length)
      expect(requests.slice(end, end + pages.length).map(({ call }) => call)).toEqual(pages.map(() => 'dma-end'))
    }
  })

  test('is left out of what the model foretells, and stays in the control', () => {
    const script = scriptOf('on-demand-superpage', 3, { dma: 'during' })
    const answers = script.requests.map((_, index) => ({ outcome: 'ok', data: index % 256 }))
    const judged = withoutRaces(script, [{ outcome: 'ok' }, ...answers])
    const raced = script.requests.filter(({ call }) => /^dma-(arm|begin|end)$/.test(call)).length
    expect(judged.sequence.calls).toHaveLength(script.requests.length - raced)
    expect(judged.answers).toHaveLength(judged.sequence.calls.length + 1)
    const control = withoutConversions(script)
    expect(control.requests.filter(({ call }) => /^dma-(arm|begin|end)$/.test(call))).toHaveLength(raced)
    expect(control.requests.every((one) => one.call !== 'dma-begin' || one.ahead === 1)).toBe(true)
  })
})

/** Two calls of a plan with no DMA between them. */
function consecutiveCalls(marks: readonly CallPurpose[]): number[] {
  return marks.flatMap(({ what }, index) => (what === 'call' && marks[index + 1]?.what === 'call' ? [index] : []))
}
