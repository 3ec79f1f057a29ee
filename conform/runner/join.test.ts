import { fc, test } from '@fast-check/vitest'
import { describe, expect, test as plain } from 'vitest'
import { must } from '../../base/result.js'
import type { Answer, Call } from '../protocol/messages.js'
import { objectTarget } from '../targets/in-process.js'
import { modelImplementation } from '../testing/model-target.js'
import { joinBlocks } from './join.js'
import type { BlockReport, Report } from './report.js'
import { type Conformance, openConformance } from './run.js'

const open = async (plant?: (call: Call, answer: Answer) => Answer): Promise<Conformance> =>
  must(
    await openConformance(
      objectTarget(() => modelImplementation('linux-7.2', plant)),
      { interface: 'page-table', runs: 30, seed: 5 },
    ),
  )

/** A report without what depends on the clock, and on what a process was asked before. */
function lasting(report: Report | undefined) {
  if (report === undefined) throw new Error('there is a report')
  const { seconds: _, first, divergences, ...rest } = report
  const found = divergences.map(({ before: __, ...one }) => one)
  return { ...rest, first: first && { sequences: first.sequences, from: first.from }, found }
}

const plants = [
  undefined,
  (_: Call, answer: Answer): Answer => (answer.outcome === 'EADDRINUSE' ? { outcome: 'EBUSY' } : answer),
  (call: Call, answer: Answer): Answer =>
    call.call === 'unmap' && answer.unmapped !== undefined ? { ...answer, unmapped: answer.unmapped + 1 } : answer,
] as const

/** A part of the list with sequences of all kinds. */
const partOf = ({ list: { fixed, total } }: Conformance) => ({ from: fixed - 12, end: total })

describe('blocks that are asked apart say together what the undivided list says', () => {
  const wholes = plants.map(async (plant) => {
    const conformance = await open(plant)
    return { conformance, whole: lasting((await conformance.ask(partOf(conformance))).report) }
  })

  plain('the planted faults are met, and nothing else is', async () => {
    const found = (await Promise.all(wholes)).map(({ whole }) => whole.found.length > 0)
    expect(found).toEqual([false, true, true])
  })

  test.prop(
    [
      fc.integer({ min: 0, max: plants.length - 1 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
    ],
    { numRuns: 6 },
  )('wherever it is cut', async (which, shares) => {
    const { conformance, whole } = (await wholes[which]) ?? expect.fail()
    const part = partOf(conformance)
    const cuts = shares.map((share) => part.from + Math.floor(share * (part.end - part.from)))
    const ends = [...new Set([...cuts, part.end])].sort((a, b) => a - b)
    const blocks: BlockReport[] = []
    let { from } = part
    for (const end of ends) {
      if (end > from) blocks.push(await conformance.ask({ from, end }))
      from = end
    }
    expect(blocks.map(({ ended }) => ended)).toEqual(blocks.map(() => 'whole'))
    expect(lasting(joinBlocks(blocks))).toEqual(whole)
  })
})

describe('a block', () => {
  plain('that a bound of time or ^C ends is open, and one of too many kinds is given up', async () => {
    const conformance = await open()
    expect((await conformance.ask(undefined, { time: -1 })).ended).toBe('open')
    expect((await conformance.ask(undefined, { isInterrupted: () => true })).ended).toBe('open')
    let calls = 0
    const hopeless = await open((_, answer) => {
      calls += 1
      return { ...answer, outcome: `E${calls % 97}` }
    })
    const found = await hopeless.ask(partOf(hopeless))
    expect([found.ended, found.report.cut]).toEqual(['given up', 'there are 8 kinds of divergence'])
  })

  plain('is asked of a process that was asked nothing before', async () => {
    let opened = 0
    const make = () => {
      opened += 1
      return modelImplementation('linux-7.2')
    }
    const conformance = must(await openConformance(objectTarget(make), { interface: 'page-table', runs: 1, seed: 5 }))
    expect(opened).toBe(1)
    await conformance.ask({ from: 0, end: 3 })
    expect(opened).toBe(1)
    await conformance.ask({ from: 3, end: 6 })
    expect(opened).toBe(2)
  })
})

plain('no blocks say nothing', () => {
  expect(joinBlocks([])).toBeUndefined()
})
